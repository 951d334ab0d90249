#include "route/unit_home.hh"

#include "base/text.hh"
#include "route/control.hh"

namespace podwright::route {

namespace {

constexpr size_t kLongestWords = 1000;

}  // namespace

Result<std::string> UnitHome::ask(const std::string& socket, std::string_view command, Millis limit) {
  auto path = TRY(reach_.socket(socket));
  auto answer = ControlSocket(path.parent_path(), path.filename()).ask(command, limit);
  if (!reach_.forwarded) return answer;
  if (!answer && answer.error().code == ErrorCode::not_found)
    return fail(ErrorCode::unavailable, "the connection to {} is down", reach_.place);
  // HAProxy ends every answer with a newline at least.
  if (answer && answer->empty())
    return fail(ErrorCode::not_found, "no proxy listens on {} of {}", socket, reach_.place);
  return answer;
}

std::string UnitHome::last_words() {
  auto words = reach_.last_words ? printable(trim(reach_.last_words())) : std::string();
  if (words.size() > kLongestWords) words = "…" + words.substr(words.size() - kLongestWords);
  return words.empty() ? "its journal says nothing" : words;
}

}  // namespace podwright::route
