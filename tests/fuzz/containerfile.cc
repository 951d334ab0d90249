// Any bytes as a Dockerfile get an answer; any bytes as a plan's texts become words of the Containerfile, never
// instructions of their own.
#include <cstddef>
#include <cstdint>

#include "base/text.hh"
#include "build/build.hh"
#include "build/instructions.hh"

using namespace podwright;
using namespace podwright::build;

namespace {

std::string keywords(const std::string& containerfile) {
  std::string out;
  for (const auto& instruction : read_instructions(containerfile, false)) out += instruction.keyword + " ";
  return out;
}

BuildPlan plan_with(std::string_view start, std::string_view build, std::string_view value, std::string_view path) {
  BuildPlan plan{.name = std::string(value), .root = ".", .language = "go", .start_command = std::string(start)};
  plan.runtime = RuntimeKind::binary;
  plan.port = 8080;
  plan.build_command = std::string(build);
  plan.env["NAME"] = std::string(value);
  plan.outputs = {std::string(path)};
  return plan;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  if (auto checked = check_containerfile(text, "Dockerfile"); !checked && checked.error().message.empty()) __builtin_trap();
  static_cast<void>(bound_sources(text));
  static_cast<void>(named_bases(text));

  auto parts = split(text, '\xff');
  while (parts.size() < 4) parts.emplace_back("a");
  if (trim(parts[0]).empty() || trim(parts[1]).empty()) return 0;
  BaseReferences bases{"localhost/a:1", "localhost/b:1"};
  auto made = containerfile(plan_with(parts[0], parts[1], parts[2], parts[3]), bases, {.app = "shop", .source = std::string(parts[2])});
  if (!made) return made.error().message.empty() ? __builtin_trap(), 0 : 0;
  if (keywords(*made) != "FROM WORKDIR ENV COPY RUN FROM WORKDIR ENV USER EXPOSE CMD COPY LABEL ") __builtin_trap();
  return 0;
}
