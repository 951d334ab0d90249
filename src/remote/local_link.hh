// LocalLink: this machine as a host. Scripts run here, sockets are where they are.
#pragma once

#include "remote/link.hh"

namespace podwright::remote {

class LocalLink : public Link {
 public:
  static Result<std::unique_ptr<Link>> make(LinkSettings settings);

  Status ensure() override { return {}; }
  Result<std::string> forward_socket(const std::string& path) override { return path; }
  Result<Endpoint> forward_port(int port) override { return Endpoint{.port = port}; }
  void cancel_port(int) override {}
  Result<Finished> run_script(const Script& script, std::stop_token stop, const OutputSink& on_out,
                              const OutputSink& on_err) override;

 private:
  using Link::Link;
};

}  // namespace podwright::remote
