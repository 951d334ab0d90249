#include "net/http.hh"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <thread>

#include "base/fs.hh"
#include "unit/net/raw_client.hh"

namespace podwright::net {

namespace {

using std::chrono::seconds;

// A server in a folder of its own.
struct Fixture {
  explicit Fixture(Handler handler, HttpLimits limits = {}) : dir(*TempDir::make("podwright-net")), path(dir.path() / "api.sock") {
    auto made = HttpServer::listen_unix(path, std::move(handler), limits);
    REQUIRE(made.has_value());
    server = std::move(*made);
  }
  TempDir dir;
  fs::path path;
  std::unique_ptr<HttpServer> server;
};

Response echo(const Request& request) {
  return Response{.content_type = "text/plain", .body = request.method + " " + request.path + " " + request.query_or("q") + " " +
                                                        request.header("x-mark") + " " + request.body};
}

// Handlers wait here until the test opens it, or their client is gone.
class Gate {
 public:
  void open() {
    std::scoped_lock lock(mutex_);
    open_ = true;
    wake_.notify_all();
  }
  void wait(std::stop_token stop) {
    ++waiting;
    std::unique_lock lock(mutex_);
    wake_.wait(lock, stop, [this] { return open_; });
    --waiting;
  }
  std::atomic<int> waiting = 0;

 private:
  std::mutex mutex_;
  std::condition_variable_any wake_;
  bool open_ = false;
};

bool has_status(const std::string& answer, std::string_view status) { return answer.starts_with("HTTP/1.1 " + std::string(status)); }

}  // namespace

TEST_CASE("a request arrives decoded and its answer is framed") {
  Fixture fixture(echo);
  RawClient client(fixture.path);
  client.send("POST /a%20b/c?q=1%262&r HTTP/1.1\r\nHost: x\r\nX-Mark: one\r\nX-Mark: two\r\nContent-Length: 4\r\n\r\nbody");
  auto answer = client.read_until("body");
  CHECK(has_status(answer, "200 OK"));
  CHECK(answer.ends_with("\r\n\r\nPOST /a b/c 1&2 one, two body"));
  CHECK(answer.contains("Content-Length: 29\r\n"));
}

TEST_CASE("a connection carries many requests, also when they come before the answers") {
  Fixture fixture(echo);
  RawClient client(fixture.path);
  client.send(get("/1") + get("/2") + get("/3", "Connection: close\r\n"));
  auto answer = client.read_all();
  CHECK(client.closed());
  CHECK(answer.find("GET /1") < answer.find("GET /2"));
  CHECK(answer.find("GET /2") < answer.find("GET /3"));
}

TEST_CASE("the socket file belongs to its owner only and goes with the server") {
  Fixture fixture(echo);
  struct stat info {};
  REQUIRE(::stat(fixture.path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  fixture.server.reset();
  CHECK_FALSE(fs::exists(fixture.path));
}

TEST_CASE("a second server on a live socket is refused, a dead one's file is replaced, another file stays") {
  Fixture fixture(echo);
  auto second = HttpServer::listen_unix(fixture.path, echo);
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().code == ErrorCode::conflict);

  auto dead = fixture.dir.path() / "dead.sock";
  {
    Fd socket(::socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, dead.c_str(), sizeof address.sun_path - 1);
    REQUIRE(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }
  CHECK(HttpServer::listen_unix(dead, echo).has_value());

  auto file = fixture.dir.path() / "file";
  std::ofstream(file) << "mine";
  CHECK_FALSE(HttpServer::listen_unix(file, echo).has_value());
  CHECK(*read_file(file) == "mine");
}

TEST_CASE("input that is no request, too large or half is refused or cut, and others are served meanwhile") {
  HttpLimits limits;
  limits.head = limits.upload = Millis(200);
  limits.body = 1000;
  Fixture fixture(echo, limits);
  struct Case {
    std::string name, input, status;  // no status: cut without an answer
  };
  const Case cases[] = {
      {"garbage", "\x16\x03\x01 hello\r\n\r\n", "400"},
      {"no path", "GET http://x/ HTTP/1.1\r\nHost: x\r\n\r\n", "400"},
      {"bad escape", get("/%zz"), "400"},
      {"NUL", get("/a%00b"), "400"},
      {"declared too large", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n", "413"},
      {"sent too large", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n400\r\n" + std::string(1024, 'x') + "\r\n0\r\n\r\n", "413"},
      {"huge header", get("/", "X-Big: " + std::string(20000, 'x') + "\r\n"), "431"},
      {"two lengths", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxy", "400"},
      {"half a header", "GET / HT", ""},
      {"half a body", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc", ""},
  };
  for (const auto& one : cases) {
    CAPTURE(one.name);
    RawClient client(fixture.path);
    client.send(one.input);
    RawClient other(fixture.path);
    other.send(get("/other"));
    CHECK(has_status(other.read_until("GET /other"), "200"));
    auto answer = client.read_all();
    CHECK(client.closed());
    if (one.status.empty())
      CHECK(answer.empty());
    else
      CHECK(has_status(answer, one.status));
  }
}

TEST_CASE("a slow client that sends byte by byte is served when it ends in time") {
  Fixture fixture(echo);
  RawClient client(fixture.path);
  for (char c : get("/slow")) {
    client.send(std::string_view(&c, 1));
    ::poll(nullptr, 0, 1);
  }
  CHECK(has_status(client.read_until("GET /slow"), "200"));
}

TEST_CASE("a client that asks before sending its body is told to go on") {
  Fixture fixture(echo);
  RawClient client(fixture.path);
  client.send("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  CHECK(has_status(client.read_until("\r\n\r\n"), "100"));
  client.forget();
  client.send("body");
  CHECK(has_status(client.read_until("body"), "200"));
}

TEST_CASE("a hundred parallel requests are all answered, handlers at once up to the bound") {
  Gate gate;
  HttpLimits limits;
  limits.handlers = 64;
  Fixture fixture([&](const Request& request) { return gate.wait(request.gone), echo(request); }, limits);
  std::vector<RawClient> clients;
  for (int i = 0; i < 100; ++i) {
    clients.emplace_back(fixture.path);
    clients.back().send(get("/" + std::to_string(i)));
  }
  auto answered = [&](std::string_view status) {
    return std::ranges::count_if(clients, [&](auto& client) { return has_status(client.read_until("\r\n\r\n", Millis(1)), status); });
  };
  CHECK(eventually([&] { return gate.waiting == 64 && answered("503") == 36; }));
  gate.open();
  CHECK(eventually([&] { return answered("200") == 64; }));
  RawClient next(fixture.path);
  next.send(get("/next"));
  CHECK(has_status(next.read_until("GET /next"), "200"));
}

TEST_CASE("the handler hears within 250 ms that its client left") {
  Gate gate;
  Fixture fixture([&](const Request& request) { return gate.wait(request.gone), echo(request); });
  RawClient client(fixture.path);
  client.send(get("/"));
  REQUIRE(eventually([&] { return gate.waiting == 1; }));
  client.close();
  CHECK(eventually([&] { return gate.waiting == 0; }, Millis(250)));
}

TEST_CASE("a stream is sent chunk by chunk as it is made, and ends well") {
  Gate gate;
  int calls = 0;
  Fixture fixture([&](const Request& request) {
    return Response{.content_type = "text/plain", .stream = [&gate, &calls, gone = request.gone](std::string& chunk) {
                      if (++calls == 2) gate.wait(gone);
                      chunk = "part" + std::to_string(calls);
                      return calls < 3;
                    }};
  });
  RawClient client(fixture.path);
  client.send(get("/"));
  CHECK(client.read_until("part1").contains("Transfer-Encoding: chunked"));
  REQUIRE(eventually([&] { return gate.waiting == 1; }));
  gate.open();
  CHECK(client.read_until("0\r\n\r\n").ends_with("5\r\npart1\r\n5\r\npart2\r\n5\r\npart3\r\n0\r\n\r\n"));
  client.forget();
  calls = 2;
  client.send("GET / HTTP/1.0\r\n\r\n");
  CHECK(client.read_all().ends_with("\r\n\r\npart3"));
}

TEST_CASE("a disconnect ends an endless stream, whether it waits or writes") {
  std::atomic<int> alive = 0;
  std::atomic<bool> waits = false;
  Gate gate;
  Fixture fixture([&](const Request& request) {
    auto present = std::shared_ptr<void>(nullptr, [&alive](void*) { --alive; });
    ++alive;
    return Response{.stream = [&, present, gone = request.gone](std::string& chunk) {
      if (waits) gate.wait(gone);
      chunk.assign(100000, 'x');
      return true;
    }};
  });
  for (bool waiting : {false, true}) {
    waits = waiting;
    RawClient client(fixture.path);
    client.send(get("/"));
    if (waiting)
      REQUIRE(eventually([&] { return gate.waiting == 1; }));
    else
      client.read_until("xxxx");
    CHECK(alive == 1);
    client.close();
    CHECK(eventually([&] { return alive == 0; }, Millis(250)));
  }
}

TEST_CASE("a client that never reads is given up after the stall limit") {
  std::atomic<int> ended = 0;
  HttpLimits limits;
  limits.stall = Millis(100);
  Fixture fixture([&](const Request&) {
    auto present = std::shared_ptr<void>(nullptr, [&ended](void*) { ++ended; });
    return Response{.stream = [present](std::string& chunk) { return chunk.assign(1 << 20, 'x'), true; }};
  }, limits);
  RawClient client(fixture.path);
  client.send(get("/"));
  CHECK(eventually([&] { return ended == 1; }));
}

TEST_CASE("an exception in a handler is status 500, in a stream a broken answer, and the server goes on") {
  Fixture fixture([](const Request& request) -> Response {
    if (request.path == "/throw") throw std::runtime_error("secret detail");
    if (request.path == "/stream") return Response{.stream = [](std::string&) -> bool { throw std::runtime_error("late"); }};
    return echo(request);
  });
  RawClient client(fixture.path);
  client.send(get("/throw"));
  auto answer = client.read_until("}}");
  CHECK(has_status(answer, "500"));
  CHECK(answer.contains(R"("code":"internal")"));
  CHECK_FALSE(answer.contains("secret detail"));
  client.forget();
  client.send(get("/stream"));
  CHECK_FALSE(client.read_all().ends_with("0\r\n\r\n"));
  CHECK(client.closed());
  RawClient next(fixture.path);
  next.send(get("/next"));
  CHECK(has_status(next.read_until("GET /next"), "200"));
}

TEST_CASE("a header value that would split the answer is left out") {
  Fixture fixture([](const Request&) { return Response{.headers = {{"X-Bad", "a\r\nSet-Cookie: b"}, {"X-Good", "c"}}}; });
  RawClient client(fixture.path);
  client.send(get("/"));
  auto answer = client.read_until("\r\n\r\n");
  CHECK(answer.contains("X-Good: c"));
  CHECK_FALSE(answer.contains("Set-Cookie"));
}

TEST_CASE("stopping ends idle connections, half requests and waiting handlers at once, and lets an answer finish") {
  Gate gate;
  Fixture fixture([&](const Request& request) { return gate.wait(request.gone), echo(request); });
  RawClient idle(fixture.path), half(fixture.path), working(fixture.path);
  half.send("GET / HTT");
  working.send(get("/last"));
  REQUIRE(eventually([&] { return gate.waiting == 1; }));
  Stopwatch watch;
  fixture.server->stop();
  CHECK(watch.elapsed() < seconds(1));
  CHECK(working.read_all().contains("GET /last"));
  idle.read_all();
  half.read_all();
  CHECK((idle.closed() && half.closed() && working.closed()));
  CHECK_FALSE(RawClient(fixture.path).connected());
}

TEST_CASE("a TCP server chooses a free port and refuses a taken one or a name") {
  auto server = HttpServer::listen_tcp("127.0.0.1", 0, echo);
  REQUIRE(server.has_value());
  CHECK((*server)->port() > 0);
  auto second = HttpServer::listen_tcp("127.0.0.1", (*server)->port(), echo);
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().code == ErrorCode::conflict);
  CHECK(HttpServer::listen_tcp("localhost", 0, echo).error().code == ErrorCode::invalid);
}

}  // namespace podwright::net
