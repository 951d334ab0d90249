// Any bytes: parse_yaml answers a node or an error within its limits.
// Run it with -detect_leaks=0: libfyaml 0.7.12 itself forgets some small token buffers.
#include <cstddef>
#include <cstdint>

#include "format/yaml.hh"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  podwright::YamlLimits limits{.bytes = 1 << 16, .nodes = 20'000, .expanded = 1 << 20};
  std::string_view text(reinterpret_cast<const char*>(data), size);
  auto parsed = podwright::parse_yaml(text, "fuzz.yaml", limits);
  if (!parsed && parsed.error().message.empty()) __builtin_trap();
  return 0;
}
