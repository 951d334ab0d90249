// What OpenSSH's complaints mean for a user. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hh"

namespace podwright::remote {

struct FailedLogin {
  std::string name;         // of the host, as errors call it
  std::string destination;  // "deploy@web1"
  std::string host_key;     // the pinned one; empty: none yet
};

// `complaint` is ssh's standard error (LogLevel=ERROR, C locale) of a connection that did not come about.
Error ssh_failure(const FailedLogin& login, std::string_view complaint);

}  // namespace podwright::remote
