#include "source/location.hh"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <utility>

#include "base/text.hh"
#include "source/host_guard.hh"

namespace podwright {

using namespace source;

Result<SourceKind> classify(std::string_view location) {
  return TRY(parse_location(location, private_hosts_allowed())).kind;
}

namespace source {

namespace {

constexpr std::array<std::string_view, 11> kArchiveEndings{".tar", ".tar.gz", ".tgz", ".tar.zst", ".tzst", ".tar.xz",
                                                           ".txz", ".tar.bz2", ".tbz2", ".tbz", ".zip"};
constexpr std::string_view kAccepted =
    "give a folder, an archive (.tar, .tar.gz, .tar.zst, .tar.xz, .zip), https://host/repository, "
    "ssh://user@host/repository or user@host:repository";

bool is_archive_name(std::string_view text) {
  auto lower = to_lower(text);
  return std::ranges::any_of(kArchiveEndings, [&](auto ending) { return lower.ends_with(ending); });
}

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool consists_of(std::string_view text, std::string_view marks) {
  return std::ranges::all_of(text, [&](char c) { return is_word(c) || marks.contains(c); });
}

// A password must not reach a message, so a refused URL is named by its part, not shown.
std::unexpected<Error> refuse(ErrorCode code, std::string_view what) {
  return fail(error(code, "{}", what).with_hint(std::string(kAccepted)));
}

Result<std::string> percent_decoded(std::string_view text) {
  std::string out;
  auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1; };
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    int high = i + 2 < text.size() ? digit(text[i + 1]) : -1;
    int low = i + 2 < text.size() ? digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) return refuse(ErrorCode::invalid, "the URL has a '%' that two hexadecimal digits must follow");
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  bool is_plain = std::ranges::none_of(out, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  if (!is_plain) return refuse(ErrorCode::invalid, "the user or password in the URL holds a control character");
  return out;
}

Status take_user(GitUrl& url, std::string_view text) {
  auto colon = text.find(':');
  url.user = TRY(percent_decoded(text.substr(0, colon)));
  if (colon != text.npos) url.password = TRY(percent_decoded(text.substr(colon + 1)));
  if (url.scheme != Scheme::ssh) return {};
  if (colon != text.npos)
    return fail(error(ErrorCode::denied, "an ssh URL cannot carry a password").with_hint("use a key that ssh finds: an agent or ~/.ssh/config"));
  if (url.user.empty() || url.user.front() == '-' || !consists_of(url.user, "._-+"))
    return refuse(ErrorCode::denied, "the user name of the ssh URL is not a plain one");
  return {};
}

// "host", "host:port" or "[address]:port"
Status take_host(GitUrl& url, std::string_view text) {
  std::string_view rest;
  if (text.starts_with('[')) {
    auto end = text.find(']');
    if (end == text.npos) return refuse(ErrorCode::invalid, "the URL's address has no closing ']'");
    url.host = text.substr(1, end - 1);
    rest = text.substr(end + 1);
    if (!is_address_literal(url.host)) return refuse(ErrorCode::invalid, "the URL has no IP address between '[' and ']'");
  } else {
    auto colon = std::min(text.find(':'), text.size());
    url.host = to_lower(text.substr(0, colon));
    rest = text.substr(colon);
    bool is_name = !url.host.empty() && url.host.size() <= 253 && is_word(url.host.front()) && consists_of(url.host, "._-");
    if (!is_name || url.host.contains("..")) return refuse(ErrorCode::invalid, "the URL has no usable host name");
  }
  if (rest.empty()) return {};
  auto port = parse_integer(rest.substr(1));
  if (rest.front() != ':' || !port || *port < 1 || *port > 65535) return refuse(ErrorCode::invalid, "the URL's port is not between 1 and 65535");
  url.port = static_cast<int>(*port);
  return {};
}

Status take_path(GitUrl& url, std::string_view text) {
  while (text.size() > 1 && text.ends_with('/')) text.remove_suffix(1);
  url.path = text;
  bool is_plain = consists_of(text, "/._-~+%@,=") && !text.contains("//");
  auto parts = split(text, '/');
  bool is_safe = std::ranges::none_of(parts, [](auto part) { return part == ".." || part == "." || part.starts_with('-'); });
  if (text.empty() || text == "/") return refuse(ErrorCode::invalid, "the URL names a host but no repository");
  if (text.contains('?') || text.contains('#'))
    return fail(error(ErrorCode::invalid, "a repository's URL has no '?' or '#' part").with_hint("name a branch, tag or commit with --ref"));
  if (!is_plain || !is_safe) return refuse(ErrorCode::denied, "the repository's path in the URL holds characters that are not accepted");
  return {};
}

Status check_reach(const GitUrl& url, bool allow_private) {
  if (url.scheme == Scheme::http && !(allow_private && is_loopback_literal(url.host)))
    return fail(error(ErrorCode::denied, "http:// sends and receives the source unprotected").with_hint("use https:// or ssh://"));
  if (allow_private) return {};
  return check_host_name(url.host);
}

Result<GitUrl> parse_url(Scheme scheme, std::string_view rest, bool allow_private) {
  GitUrl url{.scheme = scheme};
  auto slash = std::min(rest.find('/'), rest.size());
  auto authority = rest.substr(0, slash);
  if (auto at = authority.rfind('@'); at != authority.npos) {
    TRY(take_user(url, authority.substr(0, at)));
    authority.remove_prefix(at + 1);
  }
  TRY(take_host(url, authority));
  TRY(take_path(url, rest.substr(slash)));
  TRY(check_reach(url, allow_private));
  if (scheme != Scheme::ssh && is_archive_name(url.path))
    return fail(error(ErrorCode::invalid, "this URL names an archive, not a repository")
                    .with_hint("download it and deploy the file; if it is a repository, add .git to the URL"));
  return url;
}

Result<GitUrl> parse_scp_like(std::string_view text, size_t colon, bool allow_private) {
  GitUrl url{.scheme = Scheme::ssh, .is_scp_like = true};
  auto host = text.substr(0, colon);
  if (auto at = host.rfind('@'); at != host.npos) {
    TRY(take_user(url, host.substr(0, at)));
    host.remove_prefix(at + 1);
  }
  TRY(take_host(url, host));
  TRY(take_path(url, text.substr(colon + 1)));
  TRY(check_reach(url, allow_private));
  return url;
}

std::optional<Scheme> scheme_named(std::string_view name) {
  for (auto [text, scheme] : {std::pair{"https", Scheme::https}, {"ssh", Scheme::ssh}, {"git+ssh", Scheme::ssh}, {"http", Scheme::http}})
    if (name == text) return scheme;
  return std::nullopt;
}

// git's own rule: host:path is remote unless a slash comes before the colon.
std::optional<size_t> scp_colon(std::string_view text) {
  auto from = text.find('[') < text.find(':') ? text.find(']') : 0;
  auto colon = from == text.npos ? text.npos : text.find(':', from);
  if (colon == text.npos || text.find('/') < colon) return std::nullopt;
  return colon;
}

// A git URL, or nothing when the text is a path.
Result<std::optional<GitUrl>> parse_remote(std::string_view text, bool allow_private) {
  auto mark = text.find(':');
  if (mark != text.npos && text.substr(mark).starts_with("::") && !text.starts_with('[') && text.find('/') > mark)
    return refuse(ErrorCode::denied, "git's remote helpers (name::…) run programs and are refused");
  if (auto at = text.find("://"); at != text.npos && consists_of(text.substr(0, at), "+-.")) {
    auto name = to_lower(text.substr(0, at));
    auto scheme = scheme_named(name);
    if (!scheme) return refuse(ErrorCode::denied, fmt::format("{}:// is not accepted as a source", name));
    return TRY(parse_url(*scheme, text.substr(at + 3), allow_private));
  }
  if (auto colon = scp_colon(text)) return TRY(parse_scp_like(text, *colon, allow_private));
  return std::nullopt;
}

Status check_text(std::string_view text) {
  if (text.empty()) return refuse(ErrorCode::invalid, "the source is empty");
  if (text.size() > 4096) return refuse(ErrorCode::invalid, "the source is longer than 4096 bytes");
  if (text.front() == '-')
    return fail(error(ErrorCode::denied, "a source cannot begin with '-'").with_hint("write ./ before the name of such a folder"));
  bool has_control = std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  if (has_control) return refuse(ErrorCode::denied, "the source holds a control character");
  return {};
}

}  // namespace

bool private_hosts_allowed() {
  const char* value = std::getenv("PODWRIGHT_ALLOW_PRIVATE_GIT");
  return value && std::string_view(value) == "1";
}

std::string GitUrl::host_and_port() const {
  auto shown = host.contains(':') ? "[" + host + "]" : host;
  return port == 0 ? shown : fmt::format("{}:{}", shown, port);
}

std::string GitUrl::address() const {
  auto login = scheme == Scheme::ssh && !user.empty() ? user + "@" : "";
  if (is_scp_like) return login + host_and_port() + ":" + path;
  std::string_view prefix = scheme == Scheme::https ? "https://" : scheme == Scheme::ssh ? "ssh://" : "http://";
  return std::string(prefix) + login + host_and_port() + path;
}

std::string GitUrl::name() const {
  auto last = std::string_view(path).substr(path.rfind('/') + 1);
  if (last.ends_with(".git")) last.remove_suffix(4);
  return std::string(last);
}

Result<Location> parse_location(std::string_view text, bool allow_private) {
  TRY(check_text(text));
  if (auto url = TRY(parse_remote(text, allow_private))) return Location{.kind = SourceKind::git, .git = *std::move(url)};
  return Location{.kind = is_archive_name(text) ? SourceKind::archive : SourceKind::directory};
}

Result<GitUrl> parse_submodule_url(std::string_view text, const GitUrl& parent, bool allow_private) {
  TRY(check_text(text));
  if (text.starts_with("./") || text.starts_with("../")) {
    auto base = std::string_view(parent.path);
    for (;;) {
      if (text.starts_with("./")) {
        text.remove_prefix(2);
      } else if (text.starts_with("../")) {
        auto slash = base.rfind('/');
        if (slash == base.npos) return refuse(ErrorCode::denied, "the submodule's relative URL leaves its host");
        base = base.substr(0, slash);
        text.remove_prefix(3);
      } else {
        break;
      }
    }
    auto url = parent;
    TRY(take_path(url, base.empty() && parent.is_scp_like ? std::string(text) : std::string(base) + "/" + std::string(text)));
    return url;
  }
  auto url = TRY(parse_remote(text, allow_private));
  if (!url) return refuse(ErrorCode::denied, "the submodule's URL is a local path");
  return *std::move(url);
}

}  // namespace source

}  // namespace podwright
