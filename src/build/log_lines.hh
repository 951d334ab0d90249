// LogLines turns a stream of output into inert lines, within a bound.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <string_view>

namespace podwright::build {

class LogLines {
 public:
  using Sink = std::function<void(std::string_view line)>;
  explicit LogLines(Sink sink, size_t max_bytes = 10 << 20) : sink_(std::move(sink)), left_(max_bytes) {}

  void add(std::string_view chunk);
  void finish();  // what came without an end of line

  // The last lines, also those beyond the bound, joined by "\n": what an error shows.
  std::string tail() const;
  bool saw(std::string_view needle) const;  // in the last lines

 private:
  void line(std::string_view raw);

  Sink sink_;
  size_t left_;
  bool capped_ = false;
  std::string pending_;
  std::deque<std::string> last_;
};

}  // namespace podwright::build
