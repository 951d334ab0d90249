// UnitHome: the proxy of a host, which systemd owns there as a unit (export/proxy_unit), reached through effects that
// the caller gives: this room knows nothing of SSH. Thread-safe as far as the effects are.
#pragma once

#include <filesystem>
#include <functional>
#include <utility>

#include "route/home.hh"

namespace podwright::route {

// Each call has its own deadline. Errors of all: unavailable and timeout when the host is out of reach.
struct UnitReach {
  std::string place;  // for people: "web1"

  // Files of the proxy's folder on the host. put_files replaces each whole, in this order and with mode 0600, and makes
  // the folder (0700) where it is missing. read_file: not_found.
  std::function<Status(const std::vector<HomeFile>& files)> put_files;
  std::function<Result<std::string>(const std::string& name)> read_file;

  // A socket of this machine that leads to the one of this name in the folder. `forwarded`: somebody carries it there
  // (ssh -L), who accepts a connection and then closes it without a word when nobody listens at the other end; a
  // refused connection means that the link is down. Otherwise it is the socket itself.
  std::function<Result<std::filesystem::path>(const std::string& name)> socket;
  bool forwarded = true;

  std::function<Status()> start;  // systemctl start: its exit only says that systemd tried
  std::function<Status()> stop;
  std::function<std::string()> last_words = {};  // the unit's journal, its last 100 lines; may be left out
};

class UnitHome final : public ProxyHome {
 public:
  explicit UnitHome(UnitReach reach) : reach_(std::move(reach)) {}

  std::string place() const override { return reach_.place; }
  Result<std::string> read(const std::string& name) override { return reach_.read_file(name); }
  Status write(const std::vector<HomeFile>& files) override { return reach_.put_files(files); }
  Result<std::string> ask(const std::string& socket, std::string_view command, Millis limit) override;
  Status start() override { return reach_.start(); }
  Status stop() override { return reach_.stop(); }
  bool gave_up() override { return false; }  // systemd goes on trying
  std::string last_words() override;
  void bound_log() override {}  // the journal is bounded

 private:
  UnitReach reach_;
};

}  // namespace podwright::route
