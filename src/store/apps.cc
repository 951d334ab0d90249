#include <boost/json.hpp>

#include "store/impl.hh"

namespace podwright {

namespace json = boost::json;

namespace {

json::object to_json(const AppSettings& settings) {
  json::object env;
  for (const auto& [key, value] : settings.env) env[key] = value;
  return {{"env", std::move(env)},
          {"domains", json::array(settings.domains.begin(), settings.domains.end())},
          {"replicas", settings.replicas},
          {"stopped", settings.stopped}};
}

AppSettings settings_from_json(const json::object& object) {
  AppSettings settings;
  for (const auto& [key, value] : object.at("env").as_object()) settings.env.emplace(key, value.as_string());
  for (const auto& domain : object.at("domains").as_array()) settings.domains.emplace_back(domain.as_string());
  settings.replicas = static_cast<int>(object.at("replicas").as_int64());
  settings.stopped = object.at("stopped").as_bool();
  return settings;
}

Result<json::object> open_sealed(const Seal& seal, const std::string& text) {
  boost::system::error_code problem;
  auto value = json::parse(TRY(seal.reveal(text)), problem);
  if (problem || !value.is_object())
    return fail(ErrorCode::internal, "a sealed value in the database is not an object");
  return std::move(value.as_object());
}

Result<App> app_from_row(const Seal& seal, const soci::row& row) {
  App app{.key = {row.get<std::string>(0), row.get<std::string>(1)},
          .active_release = row.get<int>(3),
          .created_at = from_ms(row.get<long long>(4)),
          .updated_at = from_ms(row.get<long long>(5))};
  app.settings = settings_from_json(TRY(open_sealed(seal, row.get<std::string>(2))));
  return app;
}

Result<Release> release_from_row(const Seal& seal, const soci::row& row) {
  auto service = TRY(service_from_json(TRY(open_sealed(seal, row.get<std::string>(4)))));
  return Release{.key = {row.get<std::string>(0), row.get<std::string>(1)},
                 .number = row.get<int>(2),
                 .deployment = row.get<std::string>(3),
                 .service = std::move(service),
                 .git_sha = row.get<std::string>(5),
                 .note = row.get<std::string>(6),
                 .created_at = from_ms(row.get<long long>(7))};
}

constexpr auto kAppColumns = "select app, environment, settings, active_release, created_at, updated_at from apps ";
constexpr auto kReleaseColumns =
    "select app, environment, number, deployment, service, git_sha, note, created_at from releases ";

// A deployment makes its app known with the settings it has; later ones change only what they name.
void insert_app(soci::session& sql, const Seal& seal, const AppKey& key) {
  auto settings = seal.close(json::serialize(to_json(AppSettings{})));
  auto at = to_ms(now());
  sql << "insert into apps (app, environment, settings, created_at, updated_at) values (:app, :env, :settings, :at, "
         ":at2) "
         "on conflict (app, environment) do nothing",
      soci::use(key.app), soci::use(key.environment), soci::use(settings), soci::use(at), soci::use(at);
}

}  // namespace

Result<std::vector<App>> Store::apps() {
  return query(*impl_, [&](soci::session& sql) -> Result<std::vector<App>> {
    soci::rowset<soci::row> rows = (sql.prepare << std::string(kAppColumns) + "order by app, environment");
    std::vector<App> apps;
    for (const auto& row : rows) apps.push_back(TRY(app_from_row(impl_->seal, row)));
    return apps;
  });
}

Result<App> Store::app(const AppKey& key) {
  return query(*impl_, [&](soci::session& sql) -> Result<App> {
    soci::rowset<soci::row> rows = (sql.prepare << std::string(kAppColumns) + "where app = :app and environment = :env",
                                    soci::use(key.app), soci::use(key.environment));
    for (const auto& row : rows) return app_from_row(impl_->seal, row);
    return fail(error(ErrorCode::not_found, "there is no app '{}' in environment '{}'", key.app, key.environment)
                    .with_hint("podwright apps lists what there is"));
  });
}

Status Store::save_settings(const AppKey& key, const AppSettings& settings) {
  auto saved = transact(*impl_, [&](soci::session& sql) -> Status {
    insert_app(sql, impl_->seal, key);
    auto text = impl_->seal.close(json::serialize(to_json(settings)));
    auto at = to_ms(now());
    sql << "update apps set settings = :settings, updated_at = :at where app = :app and environment = :env",
        soci::use(text), soci::use(at), soci::use(key.app), soci::use(key.environment);
    return {};
  });
  impl_->announce();
  return saved;
}

Status Store::forget_app(const AppKey& key) {
  auto forgotten = transact(*impl_, [&](soci::session& sql) -> Status {
    for (const auto* table : {"apps", "releases", "placements"})
      sql << std::string("delete from ") + table + " where app = :app and environment = :env", soci::use(key.app),
          soci::use(key.environment);
    impl_->append({.type = "app.destroyed", .app = key.app, .environment = key.environment, .message = "destroyed"});
    return {};
  });
  impl_->announce();
  return forgotten;
}

Result<std::vector<Placement>> Store::placements(const AppKey& key) {
  return query(*impl_, [&](soci::session& sql) -> Result<std::vector<Placement>> {
    soci::rowset<soci::row> rows = (sql.prepare << "select host, release_number, previous from placements "
                                                   "where app = :app and environment = :env order by host",
                                    soci::use(key.app), soci::use(key.environment));
    std::vector<Placement> placements;
    for (const auto& row : rows) placements.push_back({row.get<std::string>(0), row.get<int>(1), row.get<int>(2)});
    return placements;
  });
}

Status Store::forget_placement(const AppKey& key, const std::string& host) {
  return transact(*impl_, [&](soci::session& sql) -> Status {
    sql << "delete from placements where app = :app and environment = :env and host = :host", soci::use(key.app),
        soci::use(key.environment), soci::use(host);
    return {};
  });
}

Result<int> Store::next_release_number(const AppKey& key) {
  return query(*impl_, [&](soci::session& sql) -> Result<int> {
    int used = 0;
    int promised = 0;
    sql << "select coalesce(max(number), 0) from releases where app = :app and environment = :env", soci::into(used),
        soci::use(key.app), soci::use(key.environment);
    sql << "select coalesce(max(release_number), 0) from deployments where app = :app and environment = :env",
        soci::into(promised), soci::use(key.app), soci::use(key.environment);
    return std::max(used, promised) + 1;
  });
}

Status Store::save_release(const Release& release) {
  return transact(*impl_, [&](soci::session& sql) -> Status {
    insert_app(sql, impl_->seal, release.key);
    auto service = impl_->seal.close(json::serialize(to_json(release.service)));
    auto at = to_ms(now());
    sql << "insert into releases (app, environment, number, deployment, service, git_sha, note, created_at) "
           "values (:app, :env, :number, :dep, :service, :sha, :note, :at) "
           "on conflict (app, environment, number) do update set service = excluded.service, git_sha = "
           "excluded.git_sha",
        soci::use(release.key.app), soci::use(release.key.environment), soci::use(release.number),
        soci::use(release.deployment), soci::use(service), soci::use(release.git_sha), soci::use(release.note),
        soci::use(at);
    return {};
  });
}

Result<std::vector<Release>> Store::releases(const AppKey& key) {
  return query(*impl_, [&](soci::session& sql) -> Result<std::vector<Release>> {
    soci::rowset<soci::row> rows =
        (sql.prepare << std::string(kReleaseColumns) + "where app = :app and environment = :env order by number desc",
         soci::use(key.app), soci::use(key.environment));
    std::vector<Release> releases;
    for (const auto& row : rows) releases.push_back(TRY(release_from_row(impl_->seal, row)));
    return releases;
  });
}

Result<Release> Store::release(const AppKey& key, int number) {
  return query(*impl_, [&](soci::session& sql) -> Result<Release> {
    soci::rowset<soci::row> rows =
        (sql.prepare << std::string(kReleaseColumns) + "where app = :app and environment = :env and number = :number",
         soci::use(key.app), soci::use(key.environment), soci::use(number));
    for (const auto& row : rows) return release_from_row(impl_->seal, row);
    return fail(
        error(ErrorCode::not_found, "{} has no release {} in environment '{}'", key.app, number, key.environment)
            .with_hint("podwright releases " + key.app + " lists the kept ones"));
  });
}

Status Store::forget_release(const AppKey& key, int number) {
  return transact(*impl_, [&](soci::session& sql) -> Status {
    sql << "delete from releases where app = :app and environment = :env and number = :number", soci::use(key.app),
        soci::use(key.environment), soci::use(number);
    return {};
  });
}

}  // namespace podwright
