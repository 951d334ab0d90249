// Any bytes as an archive: it is unpacked within its bounds or refused, and nothing appears outside its folder.
#include <cstddef>
#include <cstdint>

#include "base/fs.hh"
#include "source/archive.hh"
#include "source/tree_check.hh"

using namespace podwright;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (auto path = source::archive_path(bytes, 16); path && (path->starts_with('/') || ("/" + *path + "/").contains("/../"))) __builtin_trap();
  auto dir = TempDir::make("pw-fuzz");
  if (!dir || !write_file(dir->path() / "archive", bytes)) return 0;
  auto root = source::unpack(dir->path() / "archive", dir->path() / "in" / "to", {.bytes = 1 << 20, .entries = 100}, {});
  if (root) static_cast<void>(source::check_tree(*root, {.whole = true}, {}));
  size_t beside = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator(dir->path())) ++beside;
  if (beside > 2) __builtin_trap();
  return 0;
}
