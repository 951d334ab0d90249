#include "build/host_access.hh"

#include <array>
#include <cstdlib>

#include "base/fs.hh"
#include "base/text.hh"
#include "build/apt_host.hh"
#include "build/instruction.hh"

namespace podwright::build {

namespace {

constexpr std::string_view kBundle = "/run/podwright/ca.crt";

// Every client's own word for "trust the certificates in this file".
constexpr std::array<std::string_view, 10> kBundleVariables{"SSL_CERT_FILE",      "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "PIP_CERT",         "NODE_EXTRA_CA_CERTS",
                                                            "CARGO_HTTP_CAINFO", "GIT_SSL_CAINFO", "DENO_CERT",          "NPM_CONFIG_CAFILE", "AWS_CA_BUNDLE"};

// Mirrors, proxies and time limits that people set for their package clients; nothing of an application's own.
constexpr std::array<std::string_view, 30> kPassed{
    "http_proxy",          "https_proxy",          "no_proxy",          "HTTP_PROXY",        "HTTPS_PROXY",       "NO_PROXY",
    "npm_config_registry", "NPM_CONFIG_REGISTRY",  "YARN_NPM_REGISTRY_SERVER", "YARN_REGISTRY", "COREPACK_NPM_REGISTRY", "BUN_CONFIG_REGISTRY",
    "PIP_INDEX_URL",       "PIP_EXTRA_INDEX_URL",  "PIP_TRUSTED_HOST",  "PIP_DEFAULT_TIMEOUT", "UV_INDEX_URL",    "UV_DEFAULT_INDEX",
    "UV_HTTP_TIMEOUT",     "GOPROXY",              "GOSUMDB",           "GONOSUMDB",         "GOPRIVATE",         "GONOPROXY",
    "GOINSECURE",          "CARGO_REGISTRIES_CRATES_IO_PROTOCOL", "BUNDLE_MIRROR__ALL", "COMPOSER_MIRROR_PATH_REPOS", "HEX_MIRROR", "JSR_URL"};

struct Configuration {
  std::string_view id;
  std::string_view in_home;
  std::string_view target;
};

constexpr std::array<Configuration, 8> kConfigurations{{
    {"podwright-npmrc", ".npmrc", "/root/.npmrc"},
    {"podwright-yarnrc", ".yarnrc.yml", "/root/.yarnrc.yml"},
    {"podwright-pip", ".config/pip/pip.conf", "/root/.config/pip/pip.conf"},
    {"podwright-uv", ".config/uv/uv.toml", "/root/.config/uv/uv.toml"},
    {"podwright-cargo", ".cargo/config.toml", "/root/.cargo/config.toml"},
    {"podwright-maven", ".m2/settings.xml", "/root/.m2/settings.xml"},
    {"podwright-gradle", ".gradle/init.gradle", "/root/.gradle/init.gradle"},
    {"podwright-bundle", ".bundle/config", "/root/.bundle/config"},
}};

bool holds_credential(std::string_view text) {
  auto lower = to_lower(text);
  for (std::string_view word : {"_auth", "password", "token", "secret", "credential", "bundle_gems__"})
    if (lower.contains(word)) return true;
  for (size_t at = 0; (at = lower.find("://", at)) != std::string::npos; ++at)
    if (auto host = std::string_view(lower).substr(at + 3); host.substr(0, host.find_first_of("/ \"'\n")).contains('@')) return true;
  return false;
}

std::string host_bundle(const EnvironmentLookup& environment, const FileLookup& file) {
  for (auto name : {"SSL_CERT_FILE", "CURL_CA_BUNDLE"})
    if (auto path = environment(name))
      if (auto text = file(*path)) return *text;
  for (auto path : {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"})
    if (auto text = file(path)) return *text;
  return {};
}

// Java reads no PEM file: OpenSSL packs the bundle as a trust store where both are there.
constexpr std::string_view kJava = R"(if command -v java >/dev/null && command -v openssl >/dev/null; then
  [ -s /tmp/podwright-trust.p12 ] || openssl pkcs12 -export -nokeys -jdktrust anyExtendedKeyUsage -in /run/podwright/ca.crt -out /tmp/podwright-trust.p12 -passout pass:changeit 2>/dev/null || rm -f /tmp/podwright-trust.p12
  [ ! -s /tmp/podwright-trust.p12 ] || export JAVA_TOOL_OPTIONS="${JAVA_TOOL_OPTIONS:+$JAVA_TOOL_OPTIONS }-Djavax.net.ssl.trustStore=/tmp/podwright-trust.p12 -Djavax.net.ssl.trustStorePassword=changeit"
fi
)";

std::string environment_script(const EnvironmentLookup& environment, bool has_bundle, bool lend_credentials) {
  std::string out = "export DEBIAN_FRONTEND=noninteractive COREPACK_ENABLE_DOWNLOAD_PROMPT=0 CI=true\n";
  for (auto name : kPassed)
    if (auto value = environment(name); value && (lend_credentials || name.ends_with("proxy") || name.ends_with("PROXY") || !holds_credential(*value)))
      out += fmt::format("export {}={}\n", name, shell_quoted(*value));
  if (!has_bundle) return out;
  for (auto name : kBundleVariables) out += fmt::format("export {}={}\n", name, kBundle);
  return out + std::string(kJava);
}

}  // namespace

std::vector<LentFile> lent_files(const EnvironmentLookup& environment, const FileLookup& file, bool lend_credentials) {
  auto bundle = host_bundle(environment, file);
  std::vector<LentFile> files;
  files.push_back({{"podwright-env", std::string(kHostEnvironment)}, environment_script(environment, !bundle.empty(), lend_credentials)});
  files.push_back({{"podwright-ca", std::string(kBundle)}, bundle});
  files.push_back({{"podwright-apt", "/etc/apt/apt.conf.d/90podwright"}, ""});
  auto home = environment("HOME").value_or("/root");
  for (const auto& [id, in_home, target] : kConfigurations)
    if (auto text = file(std::filesystem::path(home) / in_home); text && (lend_credentials || !holds_credential(*text)))
      files.push_back({{std::string(id), std::string(target)}, *text});
  return files;
}

std::vector<LentFile> host_lent_files(Apt apt) {
  auto environment = [](std::string_view name) -> std::optional<std::string> {
    const char* value = std::getenv(std::string(name).c_str());
    return value && *value ? std::optional<std::string>(value) : std::nullopt;
  };
  auto file = [](const std::filesystem::path& path) -> std::optional<std::string> {
    auto text = read_file(path, 4 << 20);
    return text ? std::optional(*text) : std::nullopt;
  };
  auto files = lent_files(environment, file, environment("PODWRIGHT_BUILD_CREDENTIALS") == "1");
  for (auto& lent : files)
    if (apt == Apt::with && lent.file.id == "podwright-apt") lent.content = join(host_apt_options(), "\n") + "\n";
  return files;
}

Result<std::vector<std::string>> secret_arguments(const std::filesystem::path& folder, const std::vector<LentFile>& files) {
  std::vector<std::string> arguments;
  for (const auto& [file, content] : files) {
    auto path = folder / file.id;
    TRY(write_file(path, content, 0600));
    arguments.push_back(fmt::format("--secret=id={},src={}", file.id, path.native()));
  }
  return arguments;
}

}  // namespace podwright::build
