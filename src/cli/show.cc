#include "cli/show.hh"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>

#include "base/text.hh"
#include "cli/fields.hh"

namespace podwright::cli {

namespace {

// Cells on the terminal, near enough: one per code point.
size_t width_of(std::string_view text) {
  return static_cast<size_t>(std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

// The length of an SGR sequence ("\x1b[1;31m") at the start of the text, or 0.
size_t sgr_length(std::string_view text) {
  if (!text.starts_with("\x1b[")) return 0;
  auto end = text.find_first_not_of("0123456789;", 2);
  return end != text.npos && end < 32 && text[end] == 'm' ? end + 1 : 0;
}

}  // namespace

std::string Table::text(const Terminal& terminal) const {
  std::vector<size_t> widths(rows_.front().size());
  for (const auto& row : rows_)
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(printable(row[i])));
  std::string out;
  for (const auto& row : rows_) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      auto cell = printable(row[i]);
      line += cell;
      if (i + 1 < row.size()) line += std::string(widths[i] - width_of(cell) + 2, ' ');
    }
    line = line.substr(0, line.find_last_not_of(' ') + 1);
    out += (&row == &rows_.front() ? terminal.dim(line) : line) + "\n";
  }
  return out;
}

std::optional<Time> parse_iso8601(std::string_view text) {
  auto field = [&](size_t at, size_t length) { return text.size() >= at + length ? parse_integer(text.substr(at, length)) : std::nullopt; };
  auto year = field(0, 4), month = field(5, 2), day = field(8, 2), hour = field(11, 2), minute = field(14, 2), second = field(17, 2);
  if (!year || !month || !day || !hour || !minute || !second || !text.ends_with('Z')) return std::nullopt;
  auto millis = text.size() == 24 ? field(20, 3).value_or(0) : 0;
  auto date = std::chrono::year_month_day(std::chrono::year(static_cast<int>(*year)), std::chrono::month(static_cast<unsigned>(*month)),
                                          std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok()) return std::nullopt;
  return Time(std::chrono::sys_days(date)) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(*second) +
         Millis(millis);
}

std::string age(std::string_view iso8601, Time now) {
  auto then = parse_iso8601(iso8601);
  if (!then) return {};
  auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - *then).count();
  if (seconds < 10) return "just now";
  if (seconds < 120) return fmt::format("{} s", seconds);
  if (seconds < 2 * 3600) return fmt::format("{} min", seconds / 60);
  if (seconds < 48 * 3600) return fmt::format("{} h", seconds / 3600);
  return fmt::format("{} days", seconds / 86400);
}

std::string duration(Millis span) {
  auto ms = span.count();
  if (ms < 1000) return fmt::format("{} ms", ms);
  if (ms < 60'000) return fmt::format("{:.1f} s", static_cast<double>(ms) / 1000);
  return fmt::format("{} min {:02} s", ms / 60'000, ms / 1000 % 60);
}

std::string paint_status(const Terminal& terminal, std::string_view status) {
  auto lower = to_lower(status);
  for (std::string_view good : {"exposed", "running", "healthy", "ok", "active", "live"})
    if (lower == good) return terminal.green(status);
  for (std::string_view bad : {"failed", "rolled_back", "unhealthy", "fail", "exited", "crashed"})
    if (lower == bad) return terminal.red(status);
  return terminal.yellow(status);
}

std::string hosts_text(const Terminal& terminal, const boost::json::value& deployment) {
  if (list(deployment, "hosts").empty()) return "";
  Table table({"HOST", "STATE", "SENT", "OF", "SHIP", "START", "HEALTH", "SWITCH", "URL"});
  for (const auto& host : list(deployment, "hosts")) {
    auto took = [&](std::string_view key) { return duration(Millis(number(host, key))); };
    table.add({text(host, "host"), text(host, "state"), format_bytes(number(host, "bytes_sent")), format_bytes(number(host, "bytes_total")),
               took("ship_ms"), took("start_ms"), took("health_ms"), took("route_ms"), text(host, "url")});
  }
  return table.text(terminal);
}

std::string inert_line(std::string_view line, bool colours) {
  while (line.ends_with('\r')) line.remove_suffix(1);
  if (auto back = line.rfind('\r'); back != line.npos) line.remove_prefix(back + 1);
  std::string out;
  bool painted = false;
  while (!line.empty()) {
    if (auto length = sgr_length(line); length > 0) {
      if (colours) out += line.substr(0, length), painted = true;
      line.remove_prefix(length);
      continue;
    }
    auto end = std::min(line.find_first_of("\x1b\t", 1), line.size());
    out += line[0] == '\t' ? "\t" + printable(line.substr(1, end - 1)) : printable(line.substr(0, end));
    line.remove_prefix(end);
  }
  return painted ? out + "\x1b[0m" : out;
}

}  // namespace podwright::cli
