#include "build/log_lines.hh"

#include <algorithm>
#include <utility>

#include "base/text.hh"

namespace podwright::build {

namespace {

constexpr size_t kLongestLine = 16 << 10;
constexpr size_t kKept = 15;

// Colours and cursor movements: ESC [ parameters letter, and ESC with one character.
std::string without_escapes(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\x1b') {
      out += text[i];
    } else if (i + 1 < text.size() && text[i + 1] == '[') {
      i = std::min(text.find_first_of("ABCDEFGHJKSTfhlmnsu", i + 2), text.size());
    } else {
      ++i;
    }
  }
  return out;
}

// A carriage return starts the line again: only what stands last was to be seen.
std::string_view last_state(std::string_view raw) {
  while (raw.ends_with('\r')) raw.remove_suffix(1);
  auto start = raw.rfind('\r');
  return start == std::string_view::npos ? raw : raw.substr(start + 1);
}

}  // namespace

void LogLines::add(std::string_view chunk) {
  for (size_t end; (end = chunk.find('\n')) != std::string_view::npos; chunk.remove_prefix(end + 1)) {
    pending_ += chunk.substr(0, end);
    line(std::exchange(pending_, {}));
  }
  pending_ += chunk;
  if (pending_.size() > kLongestLine) {
    pending_ = last_state(pending_);
    if (pending_.size() > kLongestLine) line(std::exchange(pending_, {}));
  }
}

void LogLines::finish() {
  if (!pending_.empty()) line(std::exchange(pending_, {}));
}

void LogLines::line(std::string_view raw) {
  auto text = printable(replace_all(without_escapes(last_state(raw).substr(0, 2 * kLongestLine)), "\t", "  "));
  last_.push_back(text.substr(0, 500));
  if (last_.size() > kKept) last_.pop_front();
  if (capped_) return;
  if (text.size() + 1 > left_) {
    capped_ = true;
    return sink_("… the log is longer than its limit; the rest is left out");
  }
  left_ -= text.size() + 1;
  sink_(text);
}

std::string LogLines::tail() const {
  std::string out;
  for (const auto& text : last_) out += (out.empty() ? "" : "\n") + text;
  return out;
}

bool LogLines::saw(std::string_view needle) const {
  return std::ranges::any_of(last_, [&](const std::string& text) { return text.contains(needle); });
}

}  // namespace podwright::build
