// Any bytes as a package file, and any text as its manifest: read within bounds or refused, and nothing appears beside
// it.
#include "package/package.hh"

#include <cstddef>
#include <cstdint>

#include "base/fs.hh"

using namespace podwright;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (auto read = package::read_description(bytes); read && !package::read_description(package::to_text(*read)))
    __builtin_trap();  // what was accepted once is accepted again as we write it
  auto folder = TempDir::make("pw-fuzz");
  if (!folder || !write_file(folder->path() / "package", bytes)) return 0;
  static_cast<void>(package::verify(folder->path() / "package", {}, {}));
  size_t files = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator(folder->path())) ++files;
  if (files != 1) __builtin_trap();
  return 0;
}
