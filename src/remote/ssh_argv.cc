#include "remote/ssh_argv.hh"

namespace podwright::remote {

namespace {

Argv start(const SshTarget& target) {
  Argv argv{"ssh"};
  if (!target.ssh_config.empty()) argv.insert(argv.end(), {"-F", target.ssh_config});
  return argv;
}

void add_options(Argv& argv, std::initializer_list<std::string> options) {
  for (const auto& option : options) argv.insert(argv.end(), {"-o", option});
}

void add_host(Argv& argv, const SshTarget& target) {
  const auto& to = target.destination;
  if (!to.user.empty()) argv.insert(argv.end(), {"-l", to.user});
  if (to.port != 0) argv.insert(argv.end(), {"-p", std::to_string(to.port)});
  argv.insert(argv.end(), {"--", to.host});
}

// Never asks, never forwards what a user's ssh_config says for their own sessions.
void add_quiet(Argv& argv) {
  add_options(argv, {"BatchMode=yes", "LogLevel=ERROR", "RequestTTY=no", "RemoteCommand=none", "PermitLocalCommand=no",
                     "ForwardAgent=no", "ForwardX11=no", "Tunnel=no"});
}

// Only the key in our own file counts, under a name of our own.
void add_key_check(Argv& argv, const SshTarget& target, const std::string& strictness) {
  add_options(argv,
              {"StrictHostKeyChecking=" + strictness, "UserKnownHostsFile=" + target.known_hosts().native(),
               "GlobalKnownHostsFile=/dev/null", "KnownHostsCommand=none", "HostKeyAlias=" + std::string(kHostKeyAlias),
               "CheckHostIP=no", "VerifyHostKeyDNS=no", "UpdateHostKeys=no"});
}

void add_timing(Argv& argv, const SshTarget& target) {
  auto seconds = std::max<long>(1, std::chrono::ceil<std::chrono::seconds>(target.connect_limit).count());
  add_options(argv, {"ConnectTimeout=" + std::to_string(seconds), "ConnectionAttempts=1", "ServerAliveInterval=3",
                     "ServerAliveCountMax=2"});
}

Argv request(const SshTarget& target, const std::string& what, const Argv& more = {}) {
  auto argv = start(target);
  add_options(argv, {"LogLevel=ERROR", "ControlPath=" + target.control().native()});
  argv.insert(argv.end(), {"-O", what});
  argv.insert(argv.end(), more.begin(), more.end());
  add_host(argv, target);
  return argv;
}

}  // namespace

Argv master_argv(const SshTarget& target) {
  auto argv = start(target);
  add_quiet(argv);
  add_key_check(argv, target, "yes");
  add_timing(argv, target);
  // The master outlives a daemon that was killed by ten idle minutes at most.
  add_options(argv, {"ControlMaster=yes", "ControlPath=" + target.control().native(), "ControlPersist=600",
                     "ClearAllForwardings=yes", "StreamLocalBindUnlink=yes", "StreamLocalBindMask=0177"});
  argv.insert(argv.end(), {"-f", "-N"});
  add_host(argv, target);
  return argv;
}

Argv session_argv(const SshTarget& target, const std::string& remote_command) {
  auto argv = start(target);
  add_quiet(argv);
  add_options(
      argv, {"ControlMaster=no", "ControlPath=" + target.control().native(), "ProxyCommand=false", "EscapeChar=none"});
  add_host(argv, target);
  argv.push_back(remote_command);
  return argv;
}

Argv forward_argv(const SshTarget& target, const std::string& local_socket, const std::string& remote) {
  return request(target, "forward", {"-L", local_socket + ":" + remote});
}

Argv cancel_argv(const SshTarget& target, const std::string& local_socket, const std::string& remote) {
  return request(target, "cancel", {"-L", local_socket + ":" + remote});
}

Argv exit_argv(const SshTarget& target) {
  return request(target, "exit");
}

Argv key_argv(const SshTarget& target) {
  auto argv = start(target);
  add_quiet(argv);
  add_key_check(argv, target, "accept-new");
  add_timing(argv, target);
  add_options(argv, {"HashKnownHosts=no", "PreferredAuthentications=none", "ControlMaster=no", "ControlPath=none",
                     "ClearAllForwardings=yes"});
  add_host(argv, target);
  argv.emplace_back("true");
  return argv;
}

Argv config_argv(const SshTarget& target) {
  auto argv = start(target);
  argv.emplace_back("-G");
  add_host(argv, target);
  return argv;
}

}  // namespace podwright::remote
