// From the shell text that starts an application to the argv of the image's CMD.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace podwright::build {

// $PORT, ${PORT} and ${PORT:-…} become the number. What then needs no shell is split into words, quotes removed;
// anything else becomes {"/bin/sh", "-c", text}, with exec before its last command so that signals reach the
// application. port 0 substitutes nothing.
std::vector<std::string> start_argv(std::string_view command, int port);

// The words of simple shell text, or nothing when it uses more than words and quotes.
std::vector<std::string> plain_words(std::string_view command);

// `yarn start`, `pnpm run x --flag` and `pnpm exec y` in npm's words: the final image has no other package manager, and
// their scripts are the same. Everything else stays as it is.
std::string in_npm_words(std::string_view command);

// What "npm start" or "npm run x -- --flag" runs when x is one of these scripts; everything else stays as it is.
std::string without_npm(std::string_view command, const std::map<std::string, std::string>& scripts);

// Whether this argv runs npm or npx, which a Node image has only on request.
bool needs_npm(const std::vector<std::string>& argv);

}  // namespace podwright::build
