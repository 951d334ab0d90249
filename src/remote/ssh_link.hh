// SshLink: a host behind OpenSSH.
#pragma once

#include <semaphore>

#include "base/synced.hh"
#include "remote/link.hh"
#include "remote/ssh_argv.hh"

namespace podwright::remote {

class SshLink : public Link {
 public:
  static Result<std::unique_ptr<Link>> make(LinkSettings settings);
  ~SshLink() override;

  Status ensure() override;
  Result<std::string> forward_socket(const std::string& remote_path) override;
  Result<Endpoint> forward_port(int port) override;
  void cancel_port(int port) override;
  Result<Finished> run_script(const Script& script, std::stop_token stop, const OutputSink& on_out,
                              const OutputSink& on_err) override;

 private:
  struct Connection {
    int attempts = 0;  // of connecting
    Status last_attempt = {};
    std::map<std::string, std::string> forwards;  // what of the host → socket here; made anew with the connection
    int next_socket = 1;
  };

  SshLink(LinkSettings settings, SshTarget target) : Link(std::move(settings)), target_(std::move(target)) {}

  bool is_open() const;
  Status connect(Connection& connection);
  Error why_refused(std::string_view complaint) const;
  Status request_forward(const std::string& local, const std::string& remote) const;
  Result<std::string> forward(const std::string& remote);
  std::string socket_path(int number) const { return target_.folder / ("s" + std::to_string(number)); }

  SshTarget target_;
  Synced<Connection> connection_;
  std::counting_semaphore<8> sessions_{8};
};

}  // namespace podwright::remote
