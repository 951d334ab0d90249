// A body that is made while it is sent, against a service on a real socket.
#include <doctest/doctest.h>

#include <atomic>
#include <future>

#include "podman/client.hh"
#include "support/must.hh"
#include "support/scripted_service.hh"

using namespace podwright;
using namespace podwright::podman;
using podwright::test::Conversation;
using podwright::test::ScriptedService;

namespace {

using namespace std::chrono_literals;

const Request kLoad{.method = "POST", .path = "/images/load", .limit = 5s, .content_type = "application/x-tar"};

// `total` bytes of a pattern.
BodySource pattern(size_t total) {
  return [total, sent = size_t{0}](std::span<char> into) mutable -> Result<size_t> {
    auto count = std::min(into.size(), total - sent);
    for (size_t i = 0; i < count; ++i) into[i] = static_cast<char>('a' + (sent + i) % 26);
    sent += count;
    return count;
  };
}

BodySource endless() {
  return [](std::span<char> into) -> Result<size_t> { return std::ranges::fill(into, 'x'), into.size(); };
}

}  // namespace

TEST_CASE("a body of any length arrives byte for byte, and the answer comes back") {
  std::string got, head_of_it;
  ScriptedService service([&](const std::string& head, Conversation& with) {
    head_of_it = head;
    for (auto chunk = with.chunk(); !chunk.empty(); chunk = with.chunk()) got += chunk;
    with.answer(200, "taken");
    return true;
  });
  Client client(service.path());
  for (size_t size : {size_t{0}, size_t{1}, size_t{5'000'000}}) {
    got.clear();
    CHECK(must(client.upload(kLoad, pattern(size))) == "taken");
    REQUIRE(got.size() == size);
    CHECK((size == 0 || got.back() == static_cast<char>('a' + (size - 1) % 26)));
  }
  CHECK(head_of_it.starts_with("POST /v4.0.0/libpod/images/load HTTP/1.1"));
  CHECK(head_of_it.contains("Content-Type: application/x-tar"));
  CHECK_FALSE(head_of_it.contains("Expect"));
}

TEST_CASE("an error answer ends the call, also before the body has ended") {
  ScriptedService service([](const std::string&, Conversation& with) {
    with.chunk();
    with.answer(500, R"({"message":"write /var/tmp/x: no space left on device"})");
    with.wait_for_end();
    return false;
  });
  Client client(service.path());
  auto refused = client.upload(kLoad, endless());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::exhausted);
}

TEST_CASE("an error of the source is the result, and the service sees that the body did not end") {
  std::promise<bool> ended;
  ScriptedService service([&](const std::string&, Conversation& with) {
    std::string last = with.chunk();
    for (auto chunk = last; !chunk.empty(); chunk = with.chunk()) last = chunk;
    ended.set_value(with.head().empty());  // nothing follows: the connection was closed
    return false;
  });
  Client client(service.path());
  int calls = 0;
  auto broken = client.upload(kLoad, [&](std::span<char> into) -> Result<size_t> {
    if (++calls > 3) return fail(ErrorCode::failed, "the blob is damaged");
    return into.size();
  });
  CHECK(broken.error().message == "the blob is damaged");
  CHECK(ended.get_future().get());
}

TEST_CASE("a link over which no byte moves is noticed") {
  ScriptedService service([](const std::string&, Conversation& with) { return with.wait_for_end(), false; });
  Client client(service.path());
  Stopwatch watch;
  auto stuck = client.upload(kLoad, endless(), {}, 300ms);
  CHECK(stuck.error().code == ErrorCode::timeout);
  CHECK(watch.elapsed() < 5s);
}

TEST_CASE("a body that moves slowly is no stall, however long it takes") {
  ScriptedService service([](const std::string&, Conversation& with) {
    while (!with.chunk().empty()) continue;
    with.answer(200, "taken");
    return true;
  });
  Client client(service.path());
  int left = 6;
  auto slow = client.upload(
      kLoad,
      [&](std::span<char> into) -> Result<size_t> {
        std::this_thread::sleep_for(100ms);  // a slow source, as a slow link is
        return left-- > 0 ? into.size() : 0;
      },
      {}, 400ms);
  CHECK(must(std::move(slow)) == "taken");
}

TEST_CASE("an answer that does not come after the last byte is a timeout") {
  ScriptedService service([](const std::string&, Conversation& with) {
    while (!with.chunk().empty()) continue;
    return with.wait_for_end(), false;
  });
  Client client(service.path());
  auto request = kLoad;
  request.limit = 300ms;
  Stopwatch watch;
  CHECK(client.upload(request, pattern(1000)).error().code == ErrorCode::timeout);
  CHECK(watch.elapsed() < 5s);
}

TEST_CASE("an upload is cancelled at once") {
  std::atomic<bool> began = false;
  ScriptedService service([&](const std::string&, Conversation& with) {
    with.chunk();
    began = true;
    return with.wait_for_end(), false;
  });
  Client client(service.path());
  std::stop_source stop;
  auto result = std::async(std::launch::async, [&] { return client.upload(kLoad, endless(), stop.get_token()); });
  while (!began) std::this_thread::sleep_for(1ms);
  Stopwatch watch;
  stop.request_stop();
  CHECK(result.get().error().code == ErrorCode::cancelled);
  CHECK(watch.elapsed() < 2s);
}

TEST_CASE("a connection that breaks is an error that says where") {
  ScriptedService service([](const std::string&, Conversation& with) { return with.chunk(), false; });
  Client client(service.path());
  auto broken = client.upload(kLoad, endless());
  CHECK(broken.error().code == ErrorCode::unavailable);
  CHECK(broken.error().message.contains(service.path()));
}
