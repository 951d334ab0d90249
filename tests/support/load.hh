// Load: many clients at once, who count every answer that they did not get. For tests and `podwright_load`.
#pragma once

#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.hh"

namespace podwright::test {

struct LoadOptions {
  int port = 0;                          // on 127.0.0.1
  std::string host;                      // the Host header
  std::string path = "/";
  int connections = 20;                  // keep-alive
  int rate = 1000;                       // requests a second over all of them
  int streams = 0;                       // long answers at the same time, each begun again when it ends
  std::string stream_path = "/stream?30000";
  int websockets = 0;                    // each sends a text every 100 ms and waits for its echo
  std::string websocket_path = "/ws";
  Millis websocket_grace = std::chrono::seconds(30);  // a cut before this age is a loss; later it is the end of a drain
  Millis slow = std::chrono::seconds(1);
  Millis duration = std::chrono::seconds(10);
};

struct LoadReport {
  long ok = 0;              // complete answers with status 200
  long lost = 0;            // requests without a complete answer
  long wrong = 0;           // complete answers with another status
  long slow = 0;            // of the ok ones
  long streams_ok = 0, streams_lost = 0, streams_unfinished = 0;
  long echoes = 0, websockets_lost = 0, websockets_ended = 0;
  long reconnects = 0;      // keep-alive connections that were closed between two requests, or by "Connection: close"
  double seconds = 0, p50_ms = 0, p99_ms = 0, max_ms = 0;
  std::map<std::string, long> problems;  // what was lost or wrong, and how often

  long losses() const { return lost + wrong + streams_lost + websockets_lost; }
  std::string json() const;
};

// Until the duration is over or stop is requested; a stream that is still open then is neither ok nor lost.
LoadReport run_load(const LoadOptions& options, std::stop_token stop = {});

}  // namespace podwright::test
