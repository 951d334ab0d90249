// Any bytes: parse_toml answers a node or an error.
#include <cstddef>
#include <cstdint>

#include "format/toml.hh"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto parsed = podwright::parse_toml(std::string_view(reinterpret_cast<const char*>(data), size), "fuzz.toml", 1 << 16);
  if (!parsed && parsed.error().message.empty()) __builtin_trap();
  return 0;
}
