#include "source/host_guard.hh"

#include <arpa/inet.h>
#include <netdb.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include "base/text.hh"

namespace podwright::source {

namespace {

struct Block {
  uint32_t network;
  int bits;
};

constexpr uint32_t ip(uint32_t a, uint32_t b, uint32_t c, uint32_t d) { return a << 24 | b << 16 | c << 8 | d; }

constexpr std::array<Block, 15> kNotPublic{{{ip(0, 0, 0, 0), 8},
                                            {ip(10, 0, 0, 0), 8},
                                            {ip(100, 64, 0, 0), 10},
                                            {ip(127, 0, 0, 0), 8},
                                            {ip(169, 254, 0, 0), 16},
                                            {ip(172, 16, 0, 0), 12},
                                            {ip(192, 0, 0, 0), 24},
                                            {ip(192, 0, 2, 0), 24},
                                            {ip(192, 88, 99, 0), 24},
                                            {ip(192, 168, 0, 0), 16},
                                            {ip(198, 18, 0, 0), 15},
                                            {ip(198, 51, 100, 0), 24},
                                            {ip(203, 0, 113, 0), 24},
                                            {ip(224, 0, 0, 0), 4},
                                            {ip(240, 0, 0, 0), 4}}};

bool is_public_v4(uint32_t address) {
  return std::ranges::none_of(kNotPublic, [&](const Block& block) { return (address ^ block.network) >> (32 - block.bits) == 0; });
}

using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

Addresses look_up(const std::string& host, int flags, int* problem = nullptr) {
  addrinfo hints{};
  hints.ai_flags = flags;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  int code = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (problem) *problem = code;
  return {code == 0 ? found : nullptr, &::freeaddrinfo};
}

Addresses literal(std::string_view host) { return look_up(std::string(host), AI_NUMERICHOST); }

const in_addr& v4(const addrinfo& info) { return reinterpret_cast<const sockaddr_in*>(info.ai_addr)->sin_addr; }
const in6_addr& v6(const addrinfo& info) { return reinterpret_cast<const sockaddr_in6*>(info.ai_addr)->sin6_addr; }

bool is_public(const addrinfo& info) {
  if (info.ai_family == AF_INET) return source::is_public(v4(info));
  return info.ai_family == AF_INET6 && source::is_public(v6(info));
}

std::string text_of(const addrinfo& info) {
  char text[INET6_ADDRSTRLEN] = "";
  if (info.ai_family == AF_INET) ::inet_ntop(AF_INET, &v4(info), text, sizeof text);
  if (info.ai_family == AF_INET6) ::inet_ntop(AF_INET6, &v6(info), text, sizeof text);
  return text;
}

std::unexpected<Error> refuse(const std::string& host, std::string_view why) {
  return fail(error(ErrorCode::denied, "the host '{}' {}", printable(host), why)
                  .with_hint("an administrator may allow such hosts with PODWRIGHT_ALLOW_PRIVATE_GIT=1"));
}

}  // namespace

bool is_address_literal(std::string_view host) { return literal(host) != nullptr; }

bool is_loopback_literal(std::string_view host) {
  auto found = literal(host);
  if (!found) return false;
  if (found->ai_family == AF_INET) return ntohl(v4(*found).s_addr) >> 24 == 127;
  return found->ai_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&v6(*found));
}

bool is_public(const in_addr& address) { return is_public_v4(ntohl(address.s_addr)); }

bool is_public(const in6_addr& address) {
  const auto* byte = address.s6_addr;
  auto embedded = [&](int at) { return is_public_v4(ip(byte[at], byte[at + 1], byte[at + 2], byte[at + 3])); };
  auto begins = [&](std::initializer_list<int> bytes) { return std::equal(bytes.begin(), bytes.end(), byte); };
  if (IN6_IS_ADDR_V4MAPPED(&address)) return embedded(12);
  if (begins({0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0})) return embedded(12);  // NAT64
  if (begins({0x20, 0x02})) return embedded(2);                                       // 6to4
  if (begins({0x20, 0x01, 0x0d, 0xb8}) || begins({0x20, 0x01, 0x00, 0x00})) return false;  // documentation, Teredo
  return (byte[0] & 0xe0) == 0x20;  // 2000::/3 is all that is routed; the rest is loopback, local, multicast or unassigned
}

Status check_host_name(const std::string& host) {
  if (host == "localhost" || host.ends_with(".localhost") || host.ends_with(".localdomain") || host.ends_with(".internal"))
    return refuse(host, "is on this machine or network");
  auto found = literal(host);
  if (found && !is_public(*found)) return refuse(host, "is not an address of the public internet");
  return {};
}

Result<std::vector<std::string>> resolve_public(const std::string& host) {
  TRY(check_host_name(host));
  int problem = 0;
  auto found = look_up(host, 0, &problem);
  if (!found)
    return fail(error(ErrorCode::unavailable, "the host '{}' cannot be found: {}", printable(host), ::gai_strerror(problem))
                    .with_hint("check the spelling and this machine's DNS"));
  std::vector<std::string> addresses;
  for (const auto* info = found.get(); info; info = info->ai_next) {
    if (!is_public(*info)) return refuse(host, "resolves to " + text_of(*info) + ", which is not an address of the public internet");
    addresses.push_back(text_of(*info));
  }
  return addresses;
}

}  // namespace podwright::source
