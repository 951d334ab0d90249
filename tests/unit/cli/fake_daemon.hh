// A scripted daemon on the socket of a state folder, and a terminal that remembers.
#pragma once

#include <doctest/doctest.h>

#include <boost/json.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/fs.hh"
#include "base/state_dir.hh"
#include "base/synced.hh"
#include "cli/commands.hh"
#include "cli/main.hh"
#include "net/http.hh"

namespace podwright::cli {

class FakeDaemon {
 public:
  using Reply = std::function<net::Response(const net::Request&)>;

  FakeDaemon() : dir_(*TempDir::make("podwright-cli")) {
    on("GET /v1/version", R"({"version":"0.1.0","pid":1,"state_dir":"there"})");
    start();
  }

  // "GET /v1/apps" → JSON text, or anything else.
  void on(const std::string& what, std::string body, int status = 200) {
    on(what, [body, status](const net::Request&) { return net::Response{.status = status, .body = body}; });
  }
  void on(const std::string& what, Reply reply) {
    replies_.with([&](auto& replies) { replies[what] = std::move(reply); });
  }

  void stop() { server_.reset(); }
  void start() {
    auto made = net::HttpServer::listen_unix(state_paths(dir_.path()).api_socket, [this](const net::Request& request) { return answer(request); });
    REQUIRE(made.has_value());
    server_ = std::move(*made);
  }

  const fs::path& dir() const { return dir_.path(); }
  std::vector<net::Request> requests() { return *seen_.lock(); }
  net::Request last() { return seen_.lock()->back(); }

 private:
  net::Response answer(const net::Request& request) {
    auto what = request.method + " " + request.path;
    if (request.path != "/v1/version") seen_.lock()->push_back(request);
    auto reply = replies_.with([&](auto& replies) { return replies.contains(what) ? replies[what] : Reply(); });
    if (reply) return reply(request);
    return {.status = 404, .body = R"({"error":{"code":"not_found","message":"nothing at )" + what + R"(","hint":"look elsewhere","origin":"api"}})"};
  }

  TempDir dir_;
  Synced<std::map<std::string, Reply>> replies_;
  Synced<std::vector<net::Request>> seen_;
  std::unique_ptr<net::HttpServer> server_;
};

// What one command line did.
struct Outcome {
  int code = 0;
  std::string out;
  std::string err;
  boost::json::value json() const { return boost::json::parse(out); }
};

struct Person {
  bool live = false;
  bool interactive = false;
  bool colour = false;
  std::string answer = {};
};

inline Outcome podwright(const fs::path& state_dir, std::vector<std::string> args, const Person& person = {}) {
  Outcome outcome;
  Terminal terminal;
  terminal.out = [&](std::string_view text) { outcome.out += text; };
  terminal.err = [&](std::string_view text) { outcome.err += text; };
  terminal.read_line = [&] { return person.answer; };
  terminal.live = person.live;
  terminal.interactive = person.interactive;
  terminal.colour = person.colour;
  Session session(terminal);
  args.insert(args.begin(), {"--state-dir", state_dir.native()});
  outcome.code = run(args, all_commands(), session);
  return outcome;
}

}  // namespace podwright::cli
