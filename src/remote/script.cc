#include "remote/script.hh"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hh"

namespace podwright::remote {

namespace {

// Reads the marker and the words, then says where the script's own output begins.
constexpr std::string_view kPrologue = R"sh(cd || exit 1
IFS= read -r podwright_marker || exit 1
IFS= read -r podwright_count || exit 1
set --
while [ "$#" -lt "$podwright_count" ]; do
  IFS= read -r podwright_word || exit 1
  podwright_word=$(printf '%bx' "$podwright_word")
  set -- "$@" "${podwright_word%x}"
done
unset podwright_word podwright_count
printf '%s begin\n' "$podwright_marker"
printf '%s begin\n' "$podwright_marker" >&2
(
unset podwright_marker
)sh";

constexpr std::string_view kEpilogue = R"sh(
)
printf '%s end %d\n' "$podwright_marker" "$?"
)sh";

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' || c == '.' ||
         c == '_' || c == '-';
}

// One line that `printf %b` turns back into the word.
std::string encoded(std::string_view word) {
  std::string out;
  for (char c : word)
    is_plain(c) ? void(out += c) : void(out += fmt::format("\\0{:03o}", static_cast<unsigned char>(c)));
  return out;
}

}  // namespace

std::string script_file(const Script& script) {
  return std::string(kPrologue) + std::string(script.text) + std::string(kEpilogue);
}

std::string local_stdin(const Script& script, std::string_view marker) {
  auto out = fmt::format("{}\n{}\n", marker, script.args.size());
  for (const auto& word : script.args) out += encoded(word) + "\n";
  return out + script.input;
}

std::string remote_command(const Script& script) {
  return fmt::format("exec sh -c 'eval \"$(head -c {})\"'", script_file(script).size());
}

std::string script_stdin(const Script& script, std::string_view marker) {
  return script_file(script) + local_stdin(script, marker);
}

Unframer::Unframer(std::string_view marker)
    : begin_(fmt::format("{} begin\n", marker)), end_(fmt::format("{} end ", marker)) {}

std::string Unframer::feed(std::string_view chunk) {
  if (exit_code_) return {};
  held_ += chunk;
  if (!begun_ && !skip_to_begin()) return {};
  if (auto at = held_.find(end_); at != held_.npos) return take_end(at);
  // What might be the beginning of the end mark waits for more.
  size_t keep = std::min(held_.size(), end_.size() - 1);
  while (keep > 0 && !std::string_view(end_).starts_with(std::string_view(held_).substr(held_.size() - keep))) --keep;
  return take(held_.size() - keep);
}

std::string Unframer::rest() {
  return begun_ && !exit_code_ ? take(held_.size()) : std::string{};
}

bool Unframer::skip_to_begin() {
  auto at = held_.find(begin_);
  begun_ = at != held_.npos;
  held_.erase(0, begun_ ? at + begin_.size() : held_.size() - std::min(held_.size(), begin_.size()));
  return begun_;
}

std::string Unframer::take(size_t size) {
  auto out = held_.substr(0, size);
  held_.erase(0, size);
  return out;
}

std::string Unframer::take_end(size_t at) {
  auto number = std::string_view(held_).substr(at + end_.size());
  if (auto line_end = number.find('\n'); line_end != number.npos) {
    exit_code_ = static_cast<int>(parse_integer(number.substr(0, line_end)).value_or(1));
    return take(at);
  }
  return take(at);  // the number is still to come; the mark stays
}

}  // namespace podwright::remote
