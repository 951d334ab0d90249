#include "cli/commands.hh"

namespace podwright::cli {

std::vector<Command> all_commands() {
  std::vector<Command> commands;
  for (auto make :
       {deploy_command,   build_command,       analyze_command, generate_command, apps_command,      ps_command,
        releases_command, deployments_command, show_command,    events_command,   logs_command,      rollback_command,
        exec_command,     run_command,         scale_command,   restart_command,  stop_command,      start_command,
        destroy_command,  cancel_command,      host_command,    package_command,  install_command,   base_command,
        gc_command,       doctor_command,      serve_command,   version_command,  completion_command})
    commands.push_back(make());
  return commands;
}

}  // namespace podwright::cli
