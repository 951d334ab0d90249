// Reads what HAProxy's runtime socket answers. Pure; the formats are those of its management guide, section 9.3, the same
// from 2.6 to 3.0. Columns are found by their names in the header line, so that a new column does no harm.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "route/plan.hh"

namespace podwright::route {

// Several commands in one line, "a;b;c", are answered one after the other; an empty line ends each answer.
std::vector<std::string> read_answers(std::string_view text);

struct Info {
  int pid = 0;
  std::string description;
};

Info read_info(std::string_view show_info);
std::map<std::string, std::string> read_map(std::string_view show_map);
std::map<std::string, std::map<std::string, Server>> read_servers(std::string_view show_servers_state);

// Sessions open or queued on one server, from `show stat -1 4 -1`; 0 when it is not there.
int read_sessions(std::string_view show_stat, std::string_view backend, std::string_view server);

// The sessions on one server, from `show sess`, as `shutdown session` wants them ("0x55d0c8a3e4c0").
std::vector<std::string> read_session_ids(std::string_view show_sess, std::string_view backend, std::string_view server);

// Process ids from the master's `show proc`: itself, the worker that serves, and the workers of before a reload that
// still have connections. 0 or nothing when the text does not say.
int read_master(std::string_view show_proc);
int read_worker(std::string_view show_proc);
std::vector<int> read_old_workers(std::string_view show_proc);

// Why it did not start, from what it printed: its alerts, each once, at most about 1,000 characters; "" when there are none.
std::string read_alerts(std::string_view log);

}  // namespace podwright::route
