#include <doctest/doctest.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <boost/json.hpp>

#include "base/fs.hh"
#include "store/store.hh"
#include "support/must.hh"

using namespace podwright;

namespace {

struct Fixture {
  TempDir dir = TempDir::make("podwright-store").value();
  fs::path database = dir.path() / "podwright.db";
  std::unique_ptr<Store> store = must(Store::open(database));

  void reopen() {
    store.reset();
    store = must(Store::open(database));
  }
  Host add(const std::string& name) {
    Host host{.name = name,
              .destination = "deploy@" + name,
              .labels = {{"role", "web"}},
              .host_key = "ssh-ed25519 AAAA",
              .added_at = now()};
    REQUIRE(store->add_host(host));
    return host;
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a host is kept with its labels, its key and what was found out about it") {
  auto host = add("web1");
  CHECK_FALSE(must(store->host("web1")).facts.has_value());
  auto at = now();
  REQUIRE(store->save_facts("web1", {.user = "deploy", .uid = 1000, .controllers = {"cpu"}}, at));
  reopen();
  auto found = must(store->host("web1"));
  CHECK(found.destination == "deploy@web1");
  CHECK(found.labels == host.labels);
  CHECK(found.host_key == host.host_key);
  CHECK(found.added_at == host.added_at);
  CHECK(found.checked_at == at);
  REQUIRE(found.facts.has_value());
  CHECK(found.facts->controllers == std::vector<std::string>{"cpu"});
}

TEST_CASE_FIXTURE(Fixture, "hosts are listed by name, a name is taken once, and forgetting frees it") {
  add("web2");
  auto host = add("web1");
  auto all = must(store->hosts());
  REQUIRE(all.size() == 2);
  CHECK(all[0].name == "web1");
  CHECK(store->add_host(host).error().code == ErrorCode::conflict);
  REQUIRE(store->forget_host("web1"));
  CHECK(store->add_host(host));
}

TEST_CASE_FIXTURE(Fixture, "a host that is not there is not found") {
  CHECK(store->host("web1").error().code == ErrorCode::not_found);
  CHECK(store->forget_host("web1").error().code == ErrorCode::not_found);
  CHECK(store->save_facts("web1", {}, now()).error().code == ErrorCode::not_found);
}

TEST_CASE_FIXTURE(Fixture, "the apps on a host are known, and forgotten with it") {
  add("web1");
  must(store->submit({.location = "/src/shop", .app = "shop"}, "/src/shop", ""));
  auto claim = must(store->claim("a", std::chrono::seconds(30))).value();
  REQUIRE(store->place(claim.lease, {"shop", "production"}, "web1", 1));
  CHECK(must(store->apps_on("web1")) == std::vector<AppKey>{{"shop", "production"}});
  CHECK(must(store->apps_on("web2")).empty());
  REQUIRE(store->forget_host("web1"));
  CHECK(must(store->apps_on("web1")).empty());
}

TEST_CASE_FIXTURE(Fixture, "coming and going of hosts is recorded") {
  add("web1");
  REQUIRE(store->forget_host("web1"));
  auto events = must(store->events(0, 10));
  REQUIRE(events.size() == 2);
  CHECK(events[0].type == "host.added");
  CHECK(events[0].message == "web1 (deploy@web1)");
  CHECK(events[1].type == "host.removed");
}

TEST_CASE_FIXTURE(Fixture, "a database of version 1 is brought up to date: its apps run on this machine") {
  must(store->submit({.location = "/src/shop", .app = "shop"}, "/src/shop", ""));
  store.reset();
  {
    soci::session sql(soci::sqlite3, "dbname=\"" + database.native() + "\"");
    for (const char* statement :
         {"drop table hosts", "drop table placements", "alter table deployments drop column hosts",
          "update meta set value = '1' where name = 'schema'", "update apps set active_release = 4"})
      sql << statement;
    int apps = 0;
    sql << "select count(*) from apps", soci::into(apps);
    if (apps == 0)
      sql << "insert into apps (app, environment, settings, active_release, created_at, updated_at) "
             "values ('shop', 'production', '', 4, 0, 0)";
  }
  reopen();
  auto placements = must(store->placements({"shop", "production"}));
  REQUIRE(placements.size() == 1);
  CHECK(placements[0].host.empty());
  CHECK(placements[0].release == 4);
  CHECK(must(store->hosts()).empty());
  add("web1");
  reopen();  // migrating happens once
  CHECK(must(store->hosts()).size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "a database of a newer program is refused") {
  store.reset();
  {
    soci::session sql(soci::sqlite3, "dbname=\"" + database.native() + "\"");
    sql << "update meta set value = '99' where name = 'schema'";
  }
  auto refused = Store::open(database);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().message.contains("schema version 99"));
}
