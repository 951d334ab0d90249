// SocketRelay: a unix socket in front of another one, as a forwarded socket is; its connections can be cut or frozen
// after so many bytes, as a link can.
#pragma once

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "base/fd.hh"
#include "base/synced.hh"

namespace podwright::test {

class SocketRelay {
 public:
  SocketRelay(std::string path, std::string target);
  ~SocketRelay();  // closes every connection
  SocketRelay(const SocketRelay&) = delete;
  SocketRelay& operator=(const SocketRelay&) = delete;

  // After so many bytes towards the target, of all connections together and counted from now, every connection is
  // closed and no new one is served, or all go on without a byte moving.
  void cut_after(long long bytes);
  void freeze_after(long long bytes);
  void heal();  // new connections are served again

  long long bytes() const { return sent_; }  // towards the target, from now or since the last call of the above

 private:
  enum class Fault { none, cut, freeze };
  void set(Fault fault, long long bytes);
  void accept_loop(std::stop_token stop);
  void relay(Fd client, std::stop_token stop);
  bool is_faulty() const { return fault_ != Fault::none && sent_ >= limit_; }

  std::string target_;
  Fd listener_;
  std::atomic<Fault> fault_ = Fault::none;
  std::atomic<long long> limit_ = 0;
  std::atomic<long long> sent_ = 0;
  Synced<std::vector<std::jthread>> relays_;
  std::jthread acceptor_;
};

}  // namespace podwright::test
