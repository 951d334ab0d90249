// The analysis over any set of files: the input is read as (path, content) pairs, parted by NUL bytes.
#include <boost/json.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "analyze/analyze.hh"
#include "base/text.hh"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  std::map<std::string, std::string> files;
  const auto parts = podwright::split(input, '\0');
  for (size_t i = 0; i + 1 < parts.size() && files.size() < 50; i += 2) {
    if (!parts[i].empty()) files[std::string(parts[i])] = parts[i + 1];
  }
  const auto tree = podwright::analyze::memory_tree(files);
  const auto analysis = podwright::analyze::analyze(*tree);
  if (!analysis) return 0;
  if (podwright::analyze::explain(*analysis).find('\x1b') != std::string::npos) std::abort();
  const std::string shown = boost::json::serialize(podwright::to_json(*analysis));
  boost::system::error_code code;
  boost::json::parse(shown, code);
  if (code) std::abort();  // whatever the files hold, the answer is valid JSON
  return 0;
}
