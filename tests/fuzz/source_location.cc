// Any bytes as a source: an accepted git URL shows no credentials and, shown, is accepted again as the same one.
#include <cstddef>
#include <cstdint>

#include "source/location.hh"

using namespace podwright;
using namespace podwright::source;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  auto location = parse_location(text, false);
  if (!location) return location.error().message.empty() ? __builtin_trap(), 0 : 0;
  if (location->kind != SourceKind::git) return 0;
  auto address = location->git.address();
  auto again = parse_location(address, false);
  if (!again || again->git.address() != address || address.starts_with('-') || address.contains("::")) __builtin_trap();
  if (location->git.scheme == Scheme::http) __builtin_trap();
  static_cast<void>(parse_submodule_url(text, location->git, false));
  return 0;
}
