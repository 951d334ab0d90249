#include <boost/json.hpp>

#include "format/json.hh"
#include "store/impl.hh"

namespace podwright {

namespace {

constexpr auto kColumns = "select name, destination, labels, host_key, facts, checked_at, added_at from hosts ";

Result<boost::json::object> object_of(const std::string& text) {
  auto value = TRY(json::parse(text, "hosts"));
  if (!value.is_object()) return fail(ErrorCode::internal, "a host in the database is not readable");
  return std::move(value.as_object());
}

Result<Host> host_from_row(const soci::row& row) {
  Host host{.name = row.get<std::string>(0),
            .destination = row.get<std::string>(1),
            .host_key = row.get<std::string>(3),
            .added_at = from_ms(row.get<long long>(6))};
  for (const auto& [key, value] : TRY(object_of(row.get<std::string>(2)))) host.labels.emplace(key, value.as_string());
  if (auto checked = row.get<long long>(5); checked != 0) {
    host.facts = host_facts_from_json(TRY(object_of(row.get<std::string>(4))));
    host.checked_at = from_ms(checked);
  }
  return host;
}

std::string labels_text(const Host& host) {
  boost::json::object labels;
  for (const auto& [key, value] : host.labels) labels[key] = value;
  return boost::json::serialize(labels);
}

std::string facts_text(const Host& host) {
  return host.facts ? boost::json::serialize(to_json(*host.facts)) : "{}";
}

Error no_host(const std::string& name) {
  return error(ErrorCode::not_found, "there is no host '{}'", name).with_hint("podwright host ls lists what there is");
}

}  // namespace

Result<std::vector<Host>> Store::hosts() {
  return query(*impl_, [&](soci::session& sql) -> Result<std::vector<Host>> {
    soci::rowset<soci::row> rows = (sql.prepare << std::string(kColumns) + "order by name");
    std::vector<Host> hosts;
    for (const auto& row : rows) hosts.push_back(TRY(host_from_row(row)));
    return hosts;
  });
}

Result<Host> Store::host(const std::string& name) {
  return query(*impl_, [&](soci::session& sql) -> Result<Host> {
    soci::rowset<soci::row> rows = (sql.prepare << std::string(kColumns) + "where name = :name", soci::use(name));
    for (const auto& row : rows) return host_from_row(row);
    return fail(no_host(name));
  });
}

Status Store::add_host(const Host& host) {
  auto added = transact(*impl_, [&](soci::session& sql) -> Status {
    int same = 0;
    sql << "select count(*) from hosts where name = :name", soci::use(host.name), soci::into(same);
    if (same != 0)
      return fail(error(ErrorCode::conflict, "there is a host '{}' already", host.name)
                      .with_hint("choose another with --name"));
    auto labels = labels_text(host), facts = facts_text(host);
    auto checked = host.checked_at ? to_ms(*host.checked_at) : 0, at = to_ms(host.added_at);
    sql << "insert into hosts (name, destination, labels, host_key, facts, checked_at, added_at) "
           "values (:name, :destination, :labels, :key, :facts, :checked, :at)",
        soci::use(host.name), soci::use(host.destination), soci::use(labels), soci::use(host.host_key),
        soci::use(facts), soci::use(checked), soci::use(at);
    impl_->append({.type = "host.added", .message = host.name + " (" + host.destination + ")"});
    return {};
  });
  if (added) impl_->announce();
  return added;
}

Status Store::save_facts(const std::string& name, const HostFacts& facts, Time at) {
  return transact(*impl_, [&](soci::session& sql) -> Status {
    auto text = boost::json::serialize(to_json(facts));
    auto checked = to_ms(at);
    soci::statement update = (sql.prepare << "update hosts set facts = :facts, checked_at = :at where name = :name",
                              soci::use(text), soci::use(checked), soci::use(name));
    update.execute(true);
    if (update.get_affected_rows() == 0) return fail(no_host(name));
    return {};
  });
}

Status Store::forget_host(const std::string& name) {
  auto forgotten = transact(*impl_, [&](soci::session& sql) -> Status {
    soci::statement removal = (sql.prepare << "delete from hosts where name = :name", soci::use(name));
    removal.execute(true);
    if (removal.get_affected_rows() == 0) return fail(no_host(name));
    sql << "delete from placements where host = :name", soci::use(name);
    impl_->append({.type = "host.removed", .message = name});
    return {};
  });
  if (forgotten) impl_->announce();
  return forgotten;
}

Result<std::vector<AppKey>> Store::apps_on(const std::string& host) {
  return query(*impl_, [&](soci::session& sql) -> Result<std::vector<AppKey>> {
    soci::rowset<soci::row> rows =
        (sql.prepare << "select app, environment from placements where host = :host order by 1, 2", soci::use(host));
    std::vector<AppKey> keys;
    for (const auto& row : rows) keys.push_back({row.get<std::string>(0), row.get<std::string>(1)});
    return keys;
  });
}

}  // namespace podwright
