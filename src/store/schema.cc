#include <array>

#include "base/text.hh"
#include "store/impl.hh"

namespace podwright {

namespace {

constexpr int kVersion = 3;

// Since version 2: where each app runs. An app of version 1 ran on this machine.
constexpr auto kPlacements =
    "create table placements ("
    "  app text not null, environment text not null, host text not null, release_number integer not null,"
    "  previous integer not null default 0, primary key (app, environment, host))";

// Since version 3.
constexpr auto kHosts =
    "create table hosts ("
    "  name text primary key, destination text not null, labels text not null, host_key text not null,"
    "  facts text not null, checked_at bigint not null, added_at bigint not null)";  // labels, facts: JSON

constexpr std::array kTables{
    kPlacements,
    kHosts,

    "create table meta (name text primary key, value text not null)",

    "create table apps ("
    "  app text not null, environment text not null, settings text not null,"  // settings: sealed JSON
    "  active_release integer not null default 0, created_at bigint not null, updated_at bigint not null,"
    "  primary key (app, environment))",

    "create table releases ("
    "  app text not null, environment text not null, number integer not null, deployment text not null,"
    "  service text not null, git_sha text not null, note text not null, created_at bigint not null,"  // service:
                                                                                                       // sealed
    "  primary key (app, environment, number))",

    "create table deployments ("
    "  id text primary key, kind text not null, app text not null, environment text not null,"
    "  phase text not null, release_number integer not null default 0, source text not null,"
    "  git_sha text not null default '', image text not null default '', url text not null default '',"
    "  ip text not null default '', error text not null default '', timings text not null default '{}',"
    "  hosts text not null default '[]',"
    "  created_at bigint not null, deployed_at bigint not null default 0,"
    "  request text not null, idempotency_key text unique, cancel_requested integer not null default 0,"  // request:
                                                                                                          // sealed
    "  done integer not null default 0, owner text not null default '', lease_until bigint not null default 0,"
    "  epoch bigint not null default 0, attempts integer not null default 0, not_before bigint not null default 0)",
    "create index deployments_due on deployments (done, not_before)",
    "create index deployments_app on deployments (app, environment, id)",

    "create table phases (deployment text not null, phase text not null, at bigint not null)",
    "create index phases_deployment on phases (deployment)",

    "create table events ("
    "  seq integer primary key autoincrement, at bigint not null, type text not null, app text not null,"
    "  environment text not null, deployment text not null, message text not null)",
    "create index events_deployment on events (deployment, seq)",
};

void migrate_to_2(soci::session& sql) {
  sql << kPlacements;
  sql << "insert into placements (app, environment, host, release_number) "
         "select app, environment, '', active_release from apps where active_release <> 0";
  sql << "alter table deployments add column hosts text not null default '[]'";
}

void migrate_to_3(soci::session& sql) {
  sql << kHosts;
}

// From one version to the next, beginning with version 1.
constexpr std::array kMigrations{migrate_to_2, migrate_to_3};
static_assert(kMigrations.size() == kVersion - 1);

}  // namespace

void create_schema(soci::session& sql) {
  int tables = 0;
  sql << "select count(*) from sqlite_master where type = 'table' and name = 'meta'", soci::into(tables);
  if (tables == 0) {
    for (const auto* statement : kTables) sql << statement;
    sql << "insert into meta (name, value) values ('schema', :version)", soci::use(std::to_string(kVersion));
    return;
  }
  std::string text;
  sql << "select value from meta where name = 'schema'", soci::into(text);
  auto version = parse_integer(text).value_or(0);
  if (version < 1 || version > kVersion)
    throw soci::soci_error("this database has schema version " + text + ", which this program does not know");
  for (auto step = version; step < kVersion; ++step) kMigrations[static_cast<size_t>(step - 1)](sql);
  auto current = std::to_string(kVersion);
  sql << "update meta set value = :version where name = 'schema'", soci::use(current);
}

}  // namespace podwright
