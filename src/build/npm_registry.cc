#include "build/npm_registry.hh"

#include <openssl/evp.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <optional>
#include <vector>

#include "base/spawn.hh"
#include "base/text.hh"

namespace podwright::build {

namespace json = boost::json;

namespace {

std::vector<long long> numbers(std::string_view version) {
  std::vector<long long> found;
  for (auto part : split(version, '.')) found.push_back(parse_integer(part).value_or(-1));
  return found;
}

bool starts_with(const std::vector<long long>& version, const std::vector<long long>& prefix) {
  return prefix.size() <= version.size() && std::equal(prefix.begin(), prefix.end(), version.begin());
}

// "sha512-<base64>" → hex; "" when it is another hash or not base64.
std::string hex_of_integrity(std::string_view integrity) {
  constexpr std::string_view scheme = "sha512-";
  if (!integrity.starts_with(scheme) || integrity.size() != scheme.size() + 88) return {};
  unsigned char bytes[66];
  auto* text = reinterpret_cast<const unsigned char*>(integrity.data()) + scheme.size();
  if (EVP_DecodeBlock(bytes, text, 88) != 66) return {};
  std::string hex;
  for (int i = 0; i < 64; ++i) hex += fmt::format("{:02x}", bytes[i]);
  return hex;
}

std::string registry() {
  for (auto name : {"npm_config_registry", "NPM_CONFIG_REGISTRY"})
    if (const char* value = std::getenv(name); value && std::string_view(value).starts_with("http")) return value;
  return "https://registry.npmjs.org";
}

std::string text_at(const json::object& object, std::string_view key) {
  auto* value = object.if_contains(key);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

const json::object* object_at(const json::object& object, std::string_view key) {
  auto* value = object.if_contains(key);
  return value ? value->if_object() : nullptr;
}

}  // namespace

Result<Tarball> pick_tarball(std::string_view document, std::string_view package, std::string_view prefix) {
  boost::system::error_code problem;
  auto parsed = json::parse(document, problem);
  auto* root = problem ? nullptr : parsed.if_object();
  auto* versions = root ? object_at(*root, "versions") : nullptr;
  if (!versions) return fail(ErrorCode::unavailable, "the npm registry's answer about {} cannot be understood", package);
  auto wanted = prefix.empty() ? std::vector<long long>{} : numbers(prefix);
  const json::object* best = nullptr;
  std::vector<long long> best_numbers;
  for (const auto& [version, entry] : *versions)
    if (auto have = numbers(version); entry.is_object() && have.size() == 3 && have[2] >= 0 && starts_with(have, wanted) && (!best || have > best_numbers))
      best = &entry.get_object(), best_numbers = have;
  if (!best) return fail(error(ErrorCode::not_found, "{} has no version {}", package, prefix).with_hint("ask for another version in the project's own version file"));
  auto* dist = object_at(*best, "dist");
  Tarball tarball{.version = text_at(*best, "version"), .url = dist ? text_at(*dist, "tarball") : "", .sha512 = dist ? hex_of_integrity(text_at(*dist, "integrity")) : ""};
  if (!tarball.url.starts_with("http") || tarball.sha512.empty())
    return fail(ErrorCode::unavailable, "the npm registry does not say where {} {} is and what its hash is", package, tarball.version);
  return tarball;
}

Result<Tarball> find_tarball(std::string_view package, std::string_view prefix, std::stop_token stop) {
  auto url = fmt::format("{}/{}", registry(), replace_all(std::string(package), "/", "%2f"));
  while (url.contains("//" + std::string(package))) url = replace_all(url, "//" + std::string(package), "/" + std::string(package));
  auto environment = [](const char* name) -> std::string { return std::getenv(name) ? std::getenv(name) : ""; };
  Command command{.argv = {"curl", "--fail", "--silent", "--show-error", "--location", "--proto", "=http,https", "--max-time", "60", "--retry", "2", "--header",
                           "Accept: application/vnd.npm.install-v1+json", "--", url},
                  .limit = std::chrono::seconds(150),
                  .max_output = 64 << 20};
  for (auto name : {"CURL_CA_BUNDLE", "SSL_CERT_FILE"})
    if (auto value = environment(name); !value.empty()) command.env[name] = value;
  auto finished = TRY(run(command, stop));
  if (finished.exit_code != 0)
    return fail(error(ErrorCode::unavailable, "the npm registry does not answer for {}: {}", package, printable(trim(finished.err)))
                    .with_hint("exact Node, Deno and Bun versions come from there; check the network or set npm_config_registry"));
  return pick_tarball(finished.out, package, prefix);
}

}  // namespace podwright::build
