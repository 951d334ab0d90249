#include "base/ids.hh"

#include <sys/random.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "base/clock.hh"

namespace podwright {

namespace {

void fill_random(unsigned char* out, size_t size) {
  if (::getrandom(out, size, 0) != static_cast<ssize_t>(size)) std::abort();  // never short below 256 bytes
}

}  // namespace

std::string new_id() {
  constexpr std::string_view alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
  std::array<unsigned char, 10> random{};
  fill_random(random.data(), random.size());
  auto time = static_cast<uint64_t>(now().time_since_epoch().count());
  std::string id(26, '0');
  for (size_t i = 10; i-- > 0; time >>= 5) id[i] = alphabet[time & 31];
  uint64_t bits = 0;
  unsigned held = 0;
  for (size_t i = 10, byte = 0; i < 26; ++i, held -= 5) {
    while (held < 5) bits = (bits << 8) | random[byte++], held += 8;
    id[i] = alphabet[(bits >> (held - 5)) & 31];
  }
  return id;
}

std::string random_hex(int bytes) {
  std::vector<unsigned char> random(static_cast<size_t>(bytes));
  fill_random(random.data(), random.size());
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (auto byte : random) (out += digits[byte >> 4]) += digits[byte & 15];
  return out;
}

}  // namespace podwright
