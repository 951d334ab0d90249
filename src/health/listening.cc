#include "health/listening.hh"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/fs.hh"
#include "base/text.hh"

namespace podwright {

namespace {

constexpr std::string_view kListen = "0A";

std::optional<uint32_t> hex(std::string_view text) {
  uint32_t value = 0;
  auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "0100007F" or 32 digits: 32-bit words, each printed in the machine's byte order.
std::optional<std::string> address_of(std::string_view digits) {
  if (digits.size() != 8 && digits.size() != 32) return std::nullopt;
  uint32_t words[4] = {};
  for (size_t i = 0; i < digits.size() / 8; ++i) {
    auto word = hex(digits.substr(i * 8, 8));
    if (!word) return std::nullopt;
    words[i] = *word;
  }
  char text[INET6_ADDRSTRLEN];
  return ::inet_ntop(digits.size() == 8 ? AF_INET : AF_INET6, words, text, sizeof text) ? std::optional<std::string>(text) : std::nullopt;
}

}  // namespace

std::vector<Listening> parse_listening(std::string_view table) {
  std::vector<Listening> out;
  for (auto line : split_lines(table)) {
    auto words = split_words(line);
    if (words.size() < 4 || words[3] != kListen) continue;
    auto colon = words[1].find(':');
    if (colon == std::string_view::npos) continue;
    auto address = address_of(words[1].substr(0, colon));
    auto port = hex(words[1].substr(colon + 1));
    if (address && port && *port > 0 && *port <= 65535) out.push_back({*address, static_cast<int>(*port)});
  }
  return out;
}

std::vector<Listening> listening_in(pid_t pid) {
  std::vector<Listening> out;
  for (const char* table : {"tcp", "tcp6"}) {
    auto text = read_file(fs::path("/proc") / std::to_string(pid) / "net" / table);
    if (!text) continue;
    auto found = parse_listening(*text);
    out.insert(out.end(), found.begin(), found.end());
  }
  return out;
}

}  // namespace podwright
