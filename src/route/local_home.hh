// LocalHome: a folder of this machine and an operating system process: a master that we start in a session of its own,
// and the worker that it forks; both outlive us. A later daemon finds them again by their sockets.
#pragma once

#include <sys/types.h>

#include <filesystem>

#include "route/home.hh"

namespace podwright::route {

class LocalHome final : public ProxyHome {
 public:
  LocalHome(std::filesystem::path folder, std::string program)
      : folder_(std::move(folder)), program_(std::move(program)) {}
  ~LocalHome() override { child_ended(); }  // reaps a dead one; a living one stays
  LocalHome(const LocalHome&) = delete;
  LocalHome& operator=(const LocalHome&) = delete;

  std::string place() const override { return folder_.native(); }
  Result<std::string> read(const std::string& name) override;
  Status write(const std::vector<HomeFile>& files) override;
  Result<std::string> ask(const std::string& socket, std::string_view command, Millis limit) override;
  Status start() override;
  Status stop() override;
  bool gave_up() override { return was_started_ && child_ended(); }
  std::string last_words() override;
  void bound_log() override;  // empties haproxy.log when it is longer than 1 MiB

 private:
  bool child_ended();

  std::filesystem::path folder_;
  std::string program_;
  pid_t child_ = 0;  // a master that this object started, until it ended
  bool was_started_ = false;
};

}  // namespace podwright::route
