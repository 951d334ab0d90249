// How things look on a terminal: tables, ages, durations and foreign text.
#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hh"
#include "cli/terminal.hh"

namespace podwright::cli {

// Columns as wide as their widest cell; every cell is made inert. Without rows: only the header.
class Table {
 public:
  explicit Table(std::vector<std::string> header) : rows_{std::move(header)} {}
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  std::string text(const Terminal& terminal) const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

std::optional<Time> parse_iso8601(std::string_view text);  // "2026-01-04T10:30:00.123Z"
std::string age(std::string_view iso8601, Time now);       // "just now", "5 min", "3 h", "12 days"; "" when unreadable
std::string duration(Millis span);                         // "12 ms", "3.2 s", "4 min 05 s"
std::string paint_status(const Terminal& terminal, std::string_view status);

// What a deployment did on each server, a line each; "" when it was for this machine only.
std::string hosts_text(const Terminal& terminal, const boost::json::value& deployment);

// A line of foreign output for a terminal: inert except for colours (SGR), which go when `colours` is false. Of text
// that overwrote itself by carriage returns the last version stays.
std::string inert_line(std::string_view line, bool colours);

}  // namespace podwright::cli
