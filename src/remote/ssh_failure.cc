#include "remote/ssh_failure.hh"

#include <array>

#include "base/text.hh"
#include "model/host.hh"

namespace podwright::remote {

namespace {

struct Meaning {
  std::string_view sign;  // in ssh's words
  ErrorCode code;
  std::string_view message;  // after "cannot connect to NAME (DESTINATION): "
  std::string_view hint;
};

constexpr std::array kMeanings{
    Meaning{"Could not resolve hostname", ErrorCode::unavailable, "its name does not resolve",
            "check the spelling; an alias must stand in the ssh_config of the user who runs the daemon"},
    Meaning{"Connection refused", ErrorCode::unavailable, "nothing listens on its SSH port",
            "check the port, and that sshd runs there"},
    Meaning{"No route to host", ErrorCode::unavailable, "there is no route to it",
            "check that it is up and which firewall stands in between"},
    Meaning{"Network is unreachable", ErrorCode::unavailable, "its network cannot be reached",
            "check the network of this machine"},
    Meaning{"timed out", ErrorCode::timeout, "it does not answer",
            "check that it is up and which firewall stands in between"},
    Meaning{"Not allowed at this time", ErrorCode::unavailable,
            "its sshd holds off this address for now because of failed logins",
            "wait a minute; see PerSourcePenalties in sshd_config(5)"},
    Meaning{"Too many authentication failures", ErrorCode::denied, "its sshd gave up before the right key was tried",
            "name the key in ssh_config with IdentityFile and IdentitiesOnly yes"},
    Meaning{"Permission denied (", ErrorCode::denied, "it accepts none of our keys", "ssh-copy-id {destination}"},
    Meaning{"UNPROTECTED PRIVATE KEY FILE", ErrorCode::denied,
            "the private key can be read by others, so ssh does not use it", "chmod 600 the key file"},
    Meaning{"Bad configuration option", ErrorCode::invalid, "the ssh_config has an error", "ssh -G {destination}"},
    Meaning{"Bad owner or permissions on", ErrorCode::invalid,
            "the ssh_config can be changed by others, so ssh does not use it", "chmod 600 the file"},
    Meaning{"Connection reset", ErrorCode::unavailable, "its sshd cut the connection",
            "look at the log there: journalctl -u ssh"},
    Meaning{"Connection closed", ErrorCode::unavailable, "its sshd closed the connection",
            "look at the log there: journalctl -u ssh"},
    Meaning{"stdio forwarding failed", ErrorCode::unavailable, "the jump host cannot reach it",
            "ssh to the jump host and from there to the host"},
};

Error described(const FailedLogin& login, ErrorCode code, std::string_view message, std::string_view hint) {
  return error(code, "cannot connect to {} ({}): {}", login.name, login.destination, message)
      .with_hint(replace_all(std::string(hint), "{destination}", login.destination));
}

// The SHA256:… that ssh shows for a key it does not accept.
std::string shown_fingerprint(std::string_view complaint) {
  auto at = complaint.find("SHA256:");
  if (at == complaint.npos) return "unknown";
  auto text = complaint.substr(at, 50);
  return check_fingerprint(text) ? std::string(text) : "unknown";
}

Error changed_key(const FailedLogin& login, std::string_view complaint) {
  auto message = fmt::format(
      "its host key is not the pinned one; somebody may be in between, or the machine was set up anew (pinned {}, "
      "offered {})",
      fingerprint(login.host_key).value_or("none"), shown_fingerprint(complaint));
  return described(login, ErrorCode::denied, message,
                   fmt::format("compare with `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` on its console; when "
                               "it is right: podwright host rm {} "
                               "and podwright host add {} --host-key SHA256:…",
                               login.name, login.destination));
}

}  // namespace

Error ssh_failure(const FailedLogin& login, std::string_view complaint) {
  if (complaint.contains("IDENTIFICATION HAS CHANGED") || complaint.contains("host key is known for") ||
      complaint.contains("Host key verification failed"))
    return changed_key(login, complaint);
  if (complaint.contains("REVOKED HOST KEY"))
    return described(login, ErrorCode::denied, "its host key is revoked", "ask its administrator");
  for (const auto& meaning : kMeanings)
    if (complaint.contains(meaning.sign)) return described(login, meaning.code, meaning.message, meaning.hint);
  auto said = trim(complaint);
  if (said.size() > 500) said = said.substr(said.size() - 500);
  return described(login, ErrorCode::unavailable, said.empty() ? "ssh said nothing" : printable(said),
                   "ssh {destination}");
}

}  // namespace podwright::remote
