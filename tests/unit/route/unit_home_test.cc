#include "route/unit_home.hh"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <thread>

#include "base/fd.hh"
#include "base/fs.hh"

using namespace podwright;
using namespace podwright::route;

namespace {

// Accepts one connection, as somebody who carries it to another host, and ends it with these words; or at once, with
// what was asked unread, which resets it.
class Carrier {
 public:
  Carrier(const fs::path& path, std::string words, bool reads = true)
      : listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    path.native().copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listener_.get(), 1) == 0);
    thread_ = std::jthread([this, reads, words = std::move(words)] {
      Fd connection(::accept(listener_.get(), nullptr, nullptr));
      char said[256];
      while (reads && ::recv(connection.get(), said, sizeof said, 0) > 0) continue;
      ::send(connection.get(), words.data(), words.size(), MSG_NOSIGNAL);
    });
  }

 private:
  Fd listener_;
  std::jthread thread_;
};

struct Bench {
  TempDir folder = TempDir::make("podwright-home").value();
  std::string journal = "Cannot bind socket\n\x1b[31m";
  bool is_reachable = true;
  UnitHome home{{.place = "web1",
                 .put_files = [](const auto&) { return Status{}; },
                 .read_file = [](const auto&) { return std::string(); },
                 .socket = [this](const std::string& name) -> Result<fs::path> {
                   if (is_reachable) return folder.path() / name;
                   return fail(ErrorCode::unavailable, "web1 does not answer");
                 },
                 .start = [] { return Status{}; },
                 .stop = [] { return Status{}; },
                 .last_words = [this] { return journal; }}};

  Result<std::string> ask() { return home.ask("admin.sock", "show info", std::chrono::seconds(5)); }
};

}  // namespace

TEST_CASE("a carried connection that ends without a word means that no proxy runs there") {
  Bench bench;
  Carrier carrier(bench.folder.path() / "admin.sock", "");
  auto answer = bench.ask();
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == ErrorCode::not_found);
}

TEST_CASE("a carried connection that is reset before a word means the same") {
  Bench bench;
  Carrier carrier(bench.folder.path() / "admin.sock", "", false);
  CHECK(bench.ask().error().code == ErrorCode::not_found);
}

TEST_CASE("an answer of nothing but a newline is an answer") {
  Bench bench;
  Carrier carrier(bench.folder.path() / "admin.sock", "\n");
  CHECK(bench.ask().value() == "\n");
}

TEST_CASE("when the link is down nobody can say whether the proxy runs") {
  Bench bench;
  auto refused = bench.ask();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::unavailable);
  bench.is_reachable = false;
  CHECK(bench.ask().error().code == ErrorCode::unavailable);
}

TEST_CASE("the journal's last words are short and printable") {
  Bench bench;
  CHECK(bench.home.last_words().starts_with("Cannot bind socket"));
  CHECK_FALSE(bench.home.last_words().contains('\x1b'));
  bench.journal = std::string(5000, 'x') + "the end";
  CHECK(bench.home.last_words().size() < 1100);
  CHECK(bench.home.last_words().ends_with("the end"));
  bench.journal.clear();
  CHECK(bench.home.last_words() == "its journal says nothing");
}
