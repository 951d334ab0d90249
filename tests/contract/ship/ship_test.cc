// Shipping between two real Podmans, over a socket that can break.
#include "ship/ship.hh"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <future>

#include "base/clock.hh"
#include "base/spawn.hh"
#include "ship/plan.hh"
#include "ship/target.hh"
#include "support/layered_image.hh"
#include "support/must.hh"
#include "support/second_podman.hh"
#include "support/socket_relay.hh"

using namespace podwright;
using namespace podwright::ship;
using test::ImageBuilder;
using test::noise;
using test::SecondPodman;
using test::SocketRelay;

namespace {

using namespace std::chrono_literals;
using Names = std::vector<std::string>;

constexpr size_t kMiB = 1 << 20;
const char* const kName = "localhost/pwt/shop:1";

// What most tests ship: two large layers that do not compress, and the code.
struct Files {
  std::string base = noise(9 * kMiB), deps = noise(12 * kMiB);
};
const Files& files() {
  static const Files made;
  return made;
}

std::string shop(ImageBuilder& images, const std::string& code) {
  return images.build({{"base", files().base}, {"deps", files().deps}, {"code", code}});
}

struct Here {
  ImageBuilder images;
  TempDir folder = must(TempDir::make("layout"));
  Layout layout{folder.path() / "layout", podman::Client(test::test_podman_socket())};
};

bool eventually(const std::function<bool()>& condition, Millis limit = 10s) {
  for (auto deadline = Deadline::in(limit); !deadline.passed(); std::this_thread::sleep_for(20ms))
    if (condition()) return true;
  return condition();
}

bool only_partials(const Names& names) {
  return std::ranges::all_of(names, is_partial_reference);
}

std::string id_there(SecondPodman& far, const std::string& name) {
  auto found = must(Target{far.client()}.find(name));
  return found ? found->id : "";
}

}  // namespace

TEST_CASE("an image arrives whole, and afterwards only what changed travels") {
  Here here;
  SecondPodman far;
  auto first = shop(here.images, "version 1");
  long long seen = 0, all = 0;
  auto shipped = must(ship::ship(here.layout, first, far.client(), kName,
                                 [&](long long sent, long long total) { seen = sent, all = total; }));
  CHECK(shipped.image_id == first);
  CHECK(shipped.layers_sent == shipped.layers_total);
  CHECK(shipped.bytes_sent > 21 * static_cast<long long>(kMiB));
  CHECK(all == shipped.bytes_total);
  CHECK(seen == all);
  CHECK(far.image_names() == Names{kName});
  CHECK(id_there(far, kName) == first);
  CHECK(far.unfinished().empty());

  SUBCASE("nothing travels when it is there, and another name costs nothing") {
    auto again = must(ship::ship(here.layout, first, far.client(), "localhost/pwt/shop:again"));
    CHECK(again.bytes_sent == 0);
    CHECK(again.layers_sent == 0);
    CHECK(far.image_names() == Names{kName, "localhost/pwt/shop:again"});
  }
  SUBCASE("a change of the code sends less than a hundredth") {
    auto second = shop(here.images, "version 2");
    auto small = must(ship::ship(here.layout, second, far.client(), kName));
    CHECK(small.layers_sent == 1);
    CHECK(small.bytes_sent * 100 <= small.bytes_total);
    CHECK(small.bytes_total == shipped.bytes_total);
    CHECK(id_there(far, kName) == second);
    MESSAGE("code only: ", small.bytes_sent, " of ", small.bytes_total, " bytes in ", small.ms,
            " ms; all: ", shipped.ms, " ms");
  }
  SUBCASE("layers count wherever they are, also in an image that we know nothing of") {
    TempDir other = must(TempDir::make("layout"));
    Layout without_memory(other.path() / "layout", podman::Client(test::test_podman_socket()));
    auto related = here.images.build({{"base", files().base}, {"other", "small"}});
    auto sent = must(ship::ship(without_memory, related, far.client(), "localhost/pwt/other:1"));
    CHECK(sent.layers_sent == 1);
  }
}

TEST_CASE("a link that is cut costs at most one large layer, and nothing half-done stays") {
  Here here;
  auto id = shop(here.images, "cut");
  long long whole = 0;
  {
    SecondPodman unhindered;
    whole = must(ship::ship(here.layout, id, unhindered.client(), kName)).bytes_sent;
  }
  for (int percent : {10, 50, 99}) {
    CAPTURE(percent);
    SecondPodman far;
    SocketRelay link((far.folder() / "relay.sock").native(), far.socket());
    podman::Client forwarded((far.folder() / "relay.sock").native());
    must(forwarded.ping());
    link.cut_after(whole * percent / 100);
    auto cut = ship::ship(here.layout, id, forwarded, kName);
    REQUIRE_FALSE(cut);
    CHECK(cut.error().code == ErrorCode::unavailable);
    CHECK(eventually([&] { return far.unfinished().empty(); }));
    CHECK(only_partials(far.image_names()));

    link.heal();
    auto resumed = must(ship::ship(here.layout, id, forwarded, kName));
    auto arrived = percent == 10 ? 0 : 9 * static_cast<long long>(kMiB);
    CHECK(resumed.bytes_sent <= whole - arrived);
    CHECK(resumed.layers_sent == (percent == 10 ? 3 : 2));
    CHECK(far.image_names() == Names{kName});
    CHECK(id_there(far, kName) == id);
    CHECK(far.unfinished().empty());
  }
}

TEST_CASE("a ship over a frozen link is cancelled at once") {
  Here here;
  SecondPodman far;
  auto id = shop(here.images, "frozen");
  must(here.layout.image(id, {}));
  SocketRelay link((far.folder() / "relay.sock").native(), far.socket());
  podman::Client forwarded((far.folder() / "relay.sock").native());
  must(forwarded.ping());
  link.freeze_after(3 * static_cast<long long>(kMiB));
  std::stop_source stop;
  auto frozen = std::async(std::launch::async,
                           [&] { return ship::ship(here.layout, id, forwarded, kName, {}, stop.get_token()); });
  REQUIRE(eventually([&] { return link.bytes() >= 3 * static_cast<long long>(kMiB); }));
  Stopwatch watch;
  stop.request_stop();
  CHECK(frozen.get().error().code == ErrorCode::cancelled);
  CHECK(watch.elapsed() < 2s);
  link.cut_after(0);
  CHECK(eventually([&] { return far.unfinished().empty(); }));
  CHECK(only_partials(far.image_names()));
}

TEST_CASE("a layer whose content is not what its digest says is never committed") {
  Here here;
  SecondPodman far;
  auto image = must(here.layout.image(shop(here.images, "damaged"), {}));
  auto path = here.folder.path() / "layout/blobs/sha256" / hex_of(image.layers[1].digest);
  Fd file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  REQUIRE(::pwrite(file.get(), "damage", 6, 6 * kMiB) == 6);

  SUBCASE("by Podman itself") {
    auto blobs = must(here.layout.open(image, image.layers, {}));
    Archive archive(must(oci_files(image, kName, image.layers, blobs)));
    auto refused = Target{far.client()}.load(archive, {});
    REQUIRE_FALSE(refused);
    CHECK(says_damaged(refused.error()));
    CHECK(far.image_names().empty());
    CHECK(far.unfinished().empty());
  }
  SUBCASE("and a ship makes the damaged copy anew") {
    must(ship::ship(here.layout, image.local_id, far.client(), kName));
    CHECK(far.image_names() == Names{kName});
    CHECK(id_there(far, kName) == image.id);
  }
}

TEST_CASE("layers that were taken away between the look and the load are sent after all") {
  Here here;
  SecondPodman far;
  auto first = shop(here.images, "race 1"), second = shop(here.images, "race 2");
  must(ship::ship(here.layout, first, far.client(), kName));
  // The image is removed when the load of its successor begins.
  SocketRelay link((far.folder() / "relay.sock").native(), far.socket());
  podman::Client forwarded((far.folder() / "relay.sock").native());
  bool removed = false;
  auto shipped = must(ship::ship(here.layout, second, forwarded, "localhost/pwt/shop:2", [&](long long, long long) {
    if (!std::exchange(removed, true)) Target{far.client()}.forget(kName);
  }));
  CHECK(shipped.layers_sent == shipped.layers_total);
  CHECK(id_there(far, "localhost/pwt/shop:2") == second);
}

TEST_CASE("a full disk on the other side is an error that says so, and leaves no half") {
  if (::geteuid() != 0) return;
  Here here;
  SecondPodman far(32);
  auto full = ship::ship(here.layout, shop(here.images, "full"), far.client(), kName);
  REQUIRE_FALSE(full);
  CHECK(full.error().code == ErrorCode::exhausted);
  CHECK_FALSE(full.error().hint.empty());
  CHECK(far.unfinished().empty());
  CHECK(only_partials(far.image_names()));
  must(sweep_partials(far.client()));
  CHECK(far.image_names().empty());
}

TEST_CASE("an image in Docker's format is shipped as what it means, under the id that it has there") {
  Here here;
  SecondPodman far;
  auto local = here.images.build({{"code", "docker"}}, "docker");
  auto shipped = must(ship::ship(here.layout, local, far.client(), kName));
  CHECK(id_there(far, kName) == shipped.image_id);
  CHECK(must(ship::ship(here.layout, local, far.client(), kName)).bytes_sent == 0);
}

TEST_CASE("several hosts are served at once, by several layouts in one folder too") {
  Here here;
  auto id = shop(here.images, "fleet");
  Layout other_process(here.folder.path() / "layout", podman::Client(test::test_podman_socket()));
  SecondPodman one, two, three;
  std::vector<std::future<Result<Shipped>>> ships;
  for (auto* far : {&one, &two, &three})
    ships.push_back(std::async(std::launch::async, [&, far] {
      return ship::ship(far == &two ? other_process : here.layout, id, far->client(), kName);
    }));
  for (auto& under_way : ships) CHECK(must(under_way.get()).image_id == id);
  for (auto* far : {&one, &two, &three}) CHECK(far->image_names() == Names{kName});
}

TEST_CASE("a trimmed layout gives its bytes back and is filled again when a new host needs it") {
  Here here;
  SecondPodman one;
  auto first = shop(here.images, "trim 1"), second = shop(here.images, "trim 2");
  must(ship::ship(here.layout, first, one.client(), kName));
  must(ship::ship(here.layout, second, one.client(), kName));
  auto trimmed = must(here.layout.trim({second}, 0ms));
  CHECK(trimmed.images == 1);
  CHECK(trimmed.bytes > 21 * static_cast<long long>(kMiB));

  auto third = shop(here.images, "trim 3");
  auto small = must(ship::ship(here.layout, third, one.client(), kName));
  CHECK(small.layers_sent == 1);
  SecondPodman two;
  auto all = must(ship::ship(here.layout, third, two.client(), kName));
  CHECK(all.layers_sent == all.layers_total);
  CHECK(id_there(two, kName) == third);

  must(here.layout.trim({}, 0ms));
  CHECK(fs::is_empty(here.folder.path() / "layout/blobs/sha256"));
}

TEST_CASE("what cannot be shipped is refused before anything happens") {
  Here here;
  SecondPodman far;
  CHECK(ship::ship(here.layout, std::string(64, '0'), far.client(), kName).error().code == ErrorCode::not_found);
  CHECK(ship::ship(here.layout, "../../etc", far.client(), kName).error().code == ErrorCode::invalid);
  CHECK(ship::ship(here.layout, std::string(64, '0'), far.client(), "shop").error().code == ErrorCode::invalid);
  podman::Client nobody((far.folder() / "nobody.sock").native());
  CHECK(ship::ship(here.layout, here.images.build({{"code", "x"}}), nobody, kName).error().code ==
        ErrorCode::unavailable);
  CHECK(far.image_names().empty());
}
