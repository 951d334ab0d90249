// When a host accepts none of our keys: which of them could not even be tried, and what to do.
#pragma once

#include "base/result.hh"
#include "remote/ssh_argv.hh"

namespace podwright::remote {

// Looks at the keys that ssh_config names: one that has a passphrase, and no agent to hold it, is the usual reason.
Error with_login_help(Error refused, const SshTarget& target);

// The identityfile lines of `ssh -G`. Pure.
std::vector<std::string> identity_files(std::string_view config);

}  // namespace podwright::remote
