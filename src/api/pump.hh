// Pump: turns something that pushes chunks on a thread of its own into a stream that a response pulls, through a queue
// with a bound: a slow reader slows the source down and loses nothing.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

#include "base/synced.hh"

namespace podwright::api {

class Pump {
 public:
  // Answers false when the reader is gone.
  using Sink = std::function<bool(std::string_view chunk)>;
  // Runs until it has nothing more, its sink answers false or the token is stopped.
  using Source = std::function<void(const Sink& sink, std::stop_token stop)>;

  // For net::Response::stream. The source's thread is joined when the stream is destroyed.
  static std::function<bool(std::string&)> stream(Source source);

  explicit Pump(Source source);
  ~Pump();

  // The next chunk, appended to `chunk`; waits at most 250 ms and may come back with nothing. false: the end.
  bool pull(std::string& chunk);

 private:
  struct State {
    std::string buffered;
    bool ended = false;  // by the source
    bool gone = false;   // the reader
  };
  bool push(std::string_view chunk);

  Synced<State> state_;
  std::condition_variable changed_;
  std::jthread thread_;
};

}  // namespace podwright::api
