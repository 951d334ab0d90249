#include "route/readback.hh"

#include <algorithm>

#include "base/text.hh"

namespace podwright::route {

namespace {

// Bits of srv_admin_state (management guide, "show servers state").
constexpr long long kMaintenance = 0x01 | 0x02 | 0x04 | 0x20 | 0x40;
constexpr long long kDrain = 0x08 | 0x10;

size_t column(const std::vector<std::string_view>& header, std::string_view name) {
  return static_cast<size_t>(std::ranges::find(header, name) - header.begin());
}

std::string_view at(const std::vector<std::string_view>& row, size_t index) {
  return index < row.size() ? row[index] : std::string_view{};
}

int number(std::string_view text) {
  return static_cast<int>(parse_integer(text).value_or(0));
}

ServerState state_of(std::string_view admin_state) {
  auto bits = parse_integer(admin_state).value_or(0);
  if (bits & kMaintenance) return ServerState::maintenance;
  return bits & kDrain ? ServerState::draining : ServerState::ready;
}

}  // namespace

std::vector<std::string> read_answers(std::string_view text) {
  std::vector<std::string> out;
  std::string answer;
  for (auto line : split_lines(text)) {
    if (!line.empty())
      answer.append(line).append("\n");
    else
      out.push_back(std::exchange(answer, {}));
  }
  return out;
}

Info read_info(std::string_view text) {
  Info out;
  for (auto line : split_lines(text)) {
    if (line.starts_with("Pid: ")) out.pid = number(line.substr(5));
    if (line.starts_with("description: ")) out.description = line.substr(13);
  }
  return out;
}

std::map<std::string, std::string> read_map(std::string_view text) {
  std::map<std::string, std::string> out;
  for (auto line : split_lines(text)) {
    auto words = split_words(line);  // address, key, value
    if (words.size() == 3 && words[0].starts_with("0x")) out.emplace(words[1], words[2]);
  }
  return out;
}

std::map<std::string, std::map<std::string, Server>> read_servers(std::string_view text) {
  std::map<std::string, std::map<std::string, Server>> out;
  std::vector<std::string_view> header;
  for (auto line : split_lines(text)) {
    auto row = split_words(line);
    if (line.starts_with("# "))
      header.assign(row.begin() + 1, row.end());
    else if (!header.empty() && row.size() + 1 >= header.size())
      out[std::string(at(row, column(header, "be_name")))][std::string(at(row, column(header, "srv_name")))] = {
          .port = number(at(row, column(header, "srv_port"))),
          .state = state_of(at(row, column(header, "srv_admin_state")))};
  }
  return out;
}

int read_sessions(std::string_view text, std::string_view backend, std::string_view server) {
  std::vector<std::string_view> header;
  for (auto line : split_lines(text)) {
    if (line.starts_with("# ")) header = split(line.substr(2), ',');
    auto row = split(line, ',');
    if (!header.empty() && at(row, column(header, "pxname")) == backend && at(row, column(header, "svname")) == server)
      return number(at(row, column(header, "scur"))) + number(at(row, column(header, "qcur")));
  }
  return 0;
}

std::vector<std::string> read_session_ids(std::string_view text, std::string_view backend, std::string_view server) {
  std::vector<std::string> out;
  auto be = "be=" + std::string(backend);
  auto srv = "srv=" + std::string(server);
  for (auto line : split_lines(text)) {
    auto words = split_words(line);
    bool matches = std::ranges::find(words, be) != words.end() && std::ranges::find(words, srv) != words.end();
    if (matches && words[0].starts_with("0x") && words[0].ends_with(":"))
      out.emplace_back(words[0].substr(0, words[0].size() - 1));
  }
  return out;
}

namespace {

// Rows of `show proc` under one of its headings ("#<PID>", "# workers", "# old workers") and of one type.
std::vector<int> processes(std::string_view text, std::string_view heading, std::string_view type) {
  std::vector<int> out;
  bool under = false;
  for (auto line : split_lines(text)) {
    if (line.starts_with("#")) under = line.starts_with(heading);
    auto words = split_words(line);
    if (under && words.size() >= 2 && words[1] == type && number(words[0]) > 0) out.push_back(number(words[0]));
  }
  return out;
}

int first(const std::vector<int>& ids) {
  return ids.empty() ? 0 : ids.front();
}

}  // namespace

int read_master(std::string_view text) {
  return first(processes(text, "#<PID>", "master"));
}
int read_worker(std::string_view text) {
  return first(processes(text, "# workers", "worker"));
}
std::vector<int> read_old_workers(std::string_view text) {
  return processes(text, "# old workers", "worker");
}

std::string read_alerts(std::string_view log) {
  constexpr size_t enough = 1000;
  std::string out;
  for (auto line : split_lines(log)) {
    auto alert = line.find("[ALERT]") == line.npos ? std::string() : printable(trim(line.substr(line.find("[ALERT]"))));
    if (!alert.empty() && out.size() < enough && !out.contains(alert)) out += (out.empty() ? "" : "; ") + alert;
  }
  return out;
}

}  // namespace podwright::route
