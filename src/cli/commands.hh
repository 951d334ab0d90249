// Every command, each made in the file of its name or family.
#pragma once

#include <vector>

#include "cli/command.hh"

namespace podwright::cli {

Command deploy_command();
Command build_command();
Command analyze_command();
Command generate_command();
Command package_command();
Command install_command();
Command generate_quadlet_command();  // children of generate
Command generate_systemd_command();

Command apps_command();
Command ps_command();
Command releases_command();
Command deployments_command();
Command show_command();

Command events_command();
Command logs_command();

Command rollback_command();
Command scale_command();
Command restart_command();
Command stop_command();
Command start_command();
Command destroy_command();
Command cancel_command();

Command exec_command();
Command run_command();

Command host_command();

Command gc_command();
Command doctor_command();
Command base_command();

Command serve_command();
Command version_command();
Command completion_command();

std::vector<Command> all_commands();  // in the order of the help

// What `podwright __complete WORDS… PARTIAL` prints, one candidate a line: for the completion scripts.
std::string complete(const std::vector<std::string>& words, const std::vector<Command>& commands, Session& session);

}  // namespace podwright::cli
