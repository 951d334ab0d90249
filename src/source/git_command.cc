#include "source/git_command.hh"

namespace podwright::source {

namespace {

// accept-new: the first contact with a host is trusted and remembered, a changed key is refused (docs/source.md).
constexpr auto kSsh =
    "ssh -o BatchMode=yes -o StrictHostKeyChecking=accept-new -o ConnectTimeout=15 -o ServerAliveInterval=10 "
    "-o ServerAliveCountMax=3 -o ClearAllForwardings=yes -o ForwardAgent=no -o PermitLocalCommand=no";

const std::vector<std::string> kSettings{
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.askPass=",
    "safe.directory=*",  // the tree may be another user's; what its configuration could run is switched off here
    "submodule.recurse=false",
    "fetch.recurseSubmodules=false",
    "fetch.unpackLimit=1",  // one pack, whose growth can be watched
    "gc.auto=0",
    "maintenance.auto=false",
    "protocol.version=2",
    "http.followRedirects=false",  // a public host must not send us to a private one
    "http.lowSpeedLimit=1000",
    "http.lowSpeedTime=30",
    "credential.useHttpPath=false",
    "credential.interactive=false",
    "advice.detachedHead=false",
};

}  // namespace

Command git(const GitOptions& options, const std::vector<std::string>& arguments) {
  Command command{.argv = {"git"}, .directory = options.directory.native()};
  for (const auto* settings : {&kSettings, &options.settings})
    for (const auto& setting : *settings) command.argv.insert(command.argv.end(), {"-c", setting});
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  command.env = {{"GIT_ALLOW_PROTOCOL", options.protocols.empty() ? "none" : options.protocols},
                 {"GIT_TERMINAL_PROMPT", "0"},
                 {"GIT_OPTIONAL_LOCKS", "0"},
                 {"GIT_NO_LAZY_FETCH", "1"},
                 {"GIT_LFS_SKIP_SMUDGE", "1"},
                 {"GIT_SSH_COMMAND", kSsh},
                 {"LC_ALL", "C"}};
  return command;
}

}  // namespace podwright::source
