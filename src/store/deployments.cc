#include <boost/json.hpp>

#include "base/ids.hh"
#include "store/impl.hh"

namespace podwright {

namespace json = boost::json;

namespace {

constexpr auto kColumns =
    "select id, kind, app, environment, phase, release_number, source, git_sha, image, url, ip, error, timings, "
    "created_at, deployed_at, cancel_requested, attempts, request, epoch, done, hosts from deployments ";

json::object parse_object(const std::string& text) {
  boost::system::error_code problem;
  auto value = json::parse(text, problem);
  return problem || !value.is_object() ? json::object{} : std::move(value.as_object());
}

std::string error_to_text(const Error& problem) {
  return json::serialize(json::object{
      {"code", name(problem.code)}, {"message", problem.message}, {"hint", problem.hint}, {"origin", problem.origin}});
}

std::optional<Error> error_from_text(const std::string& text) {
  if (text.empty()) return std::nullopt;
  auto object = parse_object(text);
  auto member = [&](std::string_view key) {
    const auto* value = object.if_contains(key);
    return value && value->is_string() ? std::string(value->as_string()) : std::string();
  };
  return Error{.code = error_code_named(member("code")),
               .message = member("message"),
               .hint = member("hint"),
               .origin = member("origin")};
}

Deployment deployment_from_row(const soci::row& row) {
  Deployment deployment;
  deployment.id = row.get<std::string>(0);
  deployment.kind = deployment_kind_named(row.get<std::string>(1)).value_or(DeploymentKind::deploy);
  deployment.app = row.get<std::string>(2);
  deployment.environment = row.get<std::string>(3);
  deployment.phase = phase_named(row.get<std::string>(4)).value_or(Phase::failed);
  deployment.release = row.get<int>(5);
  deployment.source = row.get<std::string>(6);
  deployment.git_sha = row.get<std::string>(7);
  deployment.image = row.get<std::string>(8);
  deployment.url = row.get<std::string>(9);
  deployment.ip = row.get<std::string>(10);
  deployment.error = error_from_text(row.get<std::string>(11));
  deployment.timings = timings_from_json(parse_object(row.get<std::string>(12)));
  deployment.created_at = from_ms(row.get<long long>(13));
  if (auto at = row.get<long long>(14); at != 0) deployment.deployed_at = from_ms(at);
  deployment.cancel_requested = row.get<int>(15) != 0;
  deployment.attempts = row.get<int>(16);
  deployment.done = row.get<int>(19) != 0;
  boost::system::error_code problem;
  if (auto hosts = json::parse(row.get<std::string>(20), problem); !problem && hosts.is_array())
    deployment.hosts = host_reports_from_json(hosts.as_array());
  return deployment;
}

void load_phases(soci::session& sql, Deployment& deployment) {
  soci::rowset<soci::row> rows =
      (sql.prepare << "select phase, at from phases where deployment = :id order by rowid", soci::use(deployment.id));
  for (const auto& row : rows)
    deployment.phases.push_back(
        {.phase = phase_named(row.get<std::string>(0)).value_or(Phase::failed), .at = from_ms(row.get<long long>(1))});
}

// The deployments that this one was split into: their idempotency keys begin with its id and '/' ('0' follows it).
void load_parts(soci::session& sql, Deployment& deployment) {
  auto first = deployment.id + "/", last = deployment.id + "0";
  soci::rowset<std::string> rows = (sql.prepare << "select id from deployments where idempotency_key > :first and "
                                                   "idempotency_key < :last order by idempotency_key",
                                    soci::use(first), soci::use(last));
  deployment.parts.assign(rows.begin(), rows.end());
}

Result<Deployment> find(soci::session& sql, const std::string& id) {
  soci::rowset<soci::row> rows = (sql.prepare << std::string(kColumns) + "where id = :id", soci::use(id));
  for (const auto& row : rows) {
    auto deployment = deployment_from_row(row);
    load_phases(sql, deployment);
    if (deployment.phase == Phase::split) load_parts(sql, deployment);
    return deployment;
  }
  return fail(
      error(ErrorCode::not_found, "there is no deployment '{}'", id).with_hint("podwright deployments APP lists them"));
}

void set_phase(soci::session& sql, const std::string& id, Phase phase) {
  std::string text(name(phase));
  auto at = to_ms(now());
  sql << "update deployments set phase = :phase where id = :id", soci::use(text), soci::use(id);
  sql << "insert into phases (deployment, phase, at) values (:id, :phase, :at)", soci::use(id), soci::use(text),
      soci::use(at);
}

Event phase_event(const Deployment& deployment, Phase phase, const std::string& message) {
  return {.type = "deployment.phase",
          .app = deployment.app,
          .environment = deployment.environment,
          .deployment = deployment.id,
          .message = message.empty() ? std::string(name(phase)) : std::string(name(phase)) + ": " + message};
}

// The one gate for writes of a worker: its epoch must still be the newest.
Status fence(soci::session& sql, const Lease& lease) {
  long long epoch = -1;
  sql << "select epoch from deployments where id = :id and done = 0", soci::into(epoch), soci::use(lease.deployment);
  if (epoch == lease.epoch) return {};
  return fail(ErrorCode::conflict, "the lease on deployment {} was lost", lease.deployment);
}

template <class T>
void set(soci::session& sql, const std::string& id, const char* column, const std::optional<T>& value) {
  if (value)
    sql << std::string("update deployments set ") + column + " = :value where id = :id", soci::use(*value),
        soci::use(id);
}

Status move(soci::session& sql, const Deployment& deployment, Phase to) {
  if (deployment.phase == to) return {};
  if (!can_move(deployment.phase, to))
    return fail(ErrorCode::internal, "a deployment cannot go from {} to {}", name(deployment.phase), name(to));
  set_phase(sql, deployment.id, to);
  return {};
}

}  // namespace

Result<Deployment> Store::submit(const DeployRequest& request, const std::string& shown_source,
                                 const std::string& idempotency_key) {
  auto submitted = transact(*impl_, [&](soci::session& sql) -> Result<Deployment> {
    std::string earlier;
    if (!idempotency_key.empty())
      sql << "select id from deployments where idempotency_key = :key", soci::into(earlier), soci::use(idempotency_key);
    if (!earlier.empty()) return find(sql, earlier);

    soci::rowset<soci::row> queued =
        (sql.prepare << std::string(kColumns) +
                            "where done = 0 and phase = 'QUEUED' and owner = '' and kind <> 'build' "
                            "and app = :app and environment = :env",
         soci::use(request.app), soci::use(request.environment));
    std::vector<Deployment> older;
    for (const auto& row : queued) older.push_back(deployment_from_row(row));
    auto id = new_id();
    for (const auto& other : older) {
      if (request.kind == DeploymentKind::build) break;
      set_phase(sql, other.id, Phase::superseded);
      sql << "update deployments set done = 1 where id = :id", soci::use(other.id);
      impl_->append(phase_event(other, Phase::superseded, "by " + id));
    }

    std::string kind(name(request.kind));
    auto sealed = impl_->seal.close(json::serialize(to_json(request)));
    auto at = to_ms(now());
    soci::indicator has_key = idempotency_key.empty() ? soci::i_null : soci::i_ok;
    sql << "insert into deployments (id, kind, app, environment, phase, source, created_at, request, idempotency_key) "
           "values (:id, :kind, :app, :env, '', :source, :at, :request, :key)",
        soci::use(id), soci::use(kind), soci::use(request.app), soci::use(request.environment), soci::use(shown_source),
        soci::use(at), soci::use(sealed), soci::use(idempotency_key, has_key);
    set_phase(sql, id, Phase::queued);
    auto deployment = TRY(find(sql, id));
    impl_->append(phase_event(deployment, Phase::queued, {}));
    return deployment;
  });
  impl_->announce();
  return submitted;
}

Result<Deployment> Store::deployment(const std::string& id) {
  return query(*impl_, [&](soci::session& sql) { return find(sql, id); });
}

Result<std::vector<Deployment>> Store::deployments(const DeploymentFilter& filter) {
  return query(*impl_, [&](soci::session& sql) -> Result<std::vector<Deployment>> {
    soci::rowset<soci::row> rows =
        (sql.prepare << std::string(kColumns) +
                            "where (:app = '' or app = :app2) and (:env = '' or environment = :env2) "
                            "order by id desc limit :limit",
         soci::use(filter.app), soci::use(filter.app), soci::use(filter.environment), soci::use(filter.environment),
         soci::use(filter.limit));
    std::vector<Deployment> deployments;
    for (const auto& row : rows) deployments.push_back(deployment_from_row(row));
    for (auto& deployment : deployments) load_phases(sql, deployment);
    return deployments;
  });
}

Result<std::vector<Deployment>> Store::unfinished() {
  return query(*impl_, [&](soci::session& sql) -> Result<std::vector<Deployment>> {
    soci::rowset<soci::row> rows = (sql.prepare << std::string(kColumns) + "where done = 0 order by id");
    std::vector<Deployment> deployments;
    for (const auto& row : rows) deployments.push_back(deployment_from_row(row));
    return deployments;
  });
}

Status Store::request_cancel(const std::string& id) {
  auto requested = transact(*impl_, [&](soci::session& sql) -> Status {
    auto deployment = TRY(find(sql, id));
    if (is_final(deployment.phase) || deployment.phase == Phase::rolling_back)
      return fail(ErrorCode::conflict, "deployment {} is {} already", id, name(deployment.phase));
    sql << "update deployments set cancel_requested = 1 where id = :id", soci::use(id);
    std::string owner;
    sql << "select owner from deployments where id = :id", soci::into(owner), soci::use(id);
    if (!owner.empty()) return {};
    set_phase(sql, id, Phase::cancelled);
    sql << "update deployments set done = 1 where id = :id", soci::use(id);
    impl_->append(phase_event(deployment, Phase::cancelled, {}));
    return {};
  });
  impl_->announce();
  return requested;
}

Result<std::optional<Claim>> Store::claim(const std::string& owner, Millis lease) {
  return transact(*impl_, [&](soci::session& sql) -> Result<std::optional<Claim>> {
    auto at = to_ms(now());
    soci::rowset<soci::row> rows =
        (sql.prepare
             << std::string(kColumns) +
                    "as due where done = 0 and not_before <= :now and lease_until < :now2 and not exists ("
                    "  select 1 from deployments other where other.done = 0 and other.id <> due.id and other.app = "
                    "due.app "
                    "  and other.environment = due.environment and other.lease_until >= :now3) order by id limit 1",
         soci::use(at), soci::use(at), soci::use(at));
    for (const auto& row : rows) {
      Claim claim{.lease = {row.get<std::string>(0), row.get<long long>(18) + 1},
                  .deployment = deployment_from_row(row),
                  .request = {}};
      auto sealed = row.get<std::string>(17);
      auto plain = TRY(impl_->seal.reveal(sealed));
      claim.request = TRY(deploy_request_from_json(parse_object(plain)));
      auto until = at + lease.count();
      sql << "update deployments set owner = :owner, lease_until = :until, epoch = :epoch, attempts = attempts + 1 "
             "where id = :id",
          soci::use(owner), soci::use(until), soci::use(claim.lease.epoch), soci::use(claim.lease.deployment);
      ++claim.deployment.attempts;
      return claim;
    }
    return std::nullopt;
  });
}

Status Store::renew(const Lease& lease, Millis duration) {
  return transact(*impl_, [&](soci::session& sql) -> Status {
    TRY(fence(sql, lease));
    auto until = to_ms(now()) + duration.count();
    sql << "update deployments set lease_until = :until where id = :id", soci::use(until), soci::use(lease.deployment);
    return {};
  });
}

// Inside the caller's transaction: what record() and expose() share.
static Status apply(Store::Impl& impl, const Lease& lease, const Progress& progress, const std::string& message) {
  auto& sql = impl.sql;
  TRY(fence(sql, lease));
  auto deployment = TRY(find(sql, lease.deployment));
  const auto& id = lease.deployment;
  set(sql, id, "release_number", progress.release);
  set(sql, id, "git_sha", progress.git_sha);
  set(sql, id, "image", progress.image);
  set(sql, id, "url", progress.url);
  set(sql, id, "ip", progress.ip);
  if (progress.error) set(sql, id, "error", std::optional(error_to_text(*progress.error)));
  if (progress.hosts) set(sql, id, "hosts", std::optional(json::serialize(to_json(*progress.hosts))));
  if (progress.timings) set(sql, id, "timings", std::optional(json::serialize(to_json(*progress.timings))));
  if (progress.phase) {
    TRY(move(sql, deployment, *progress.phase));
    impl.append(phase_event(deployment, *progress.phase, message));
  }
  return {};
}

Status Store::record(const Lease& lease, const Progress& progress, const std::string& event_message) {
  auto recorded = transact(*impl_, [&](soci::session&) { return apply(*impl_, lease, progress, event_message); });
  impl_->newer.notify_all();
  return recorded;
}

Status Store::finish(const Lease& lease) {
  auto finished = transact(*impl_, [&](soci::session& sql) -> Status {
    TRY(fence(sql, lease));
    auto deployment = TRY(find(sql, lease.deployment));
    if (!is_final(deployment.phase))
      return fail(ErrorCode::internal, "a deployment cannot end as {}", name(deployment.phase));
    sql << "update deployments set done = 1, owner = '', lease_until = 0 where id = :id", soci::use(lease.deployment);
    return {};
  });
  impl_->announce();
  return finished;
}

Status Store::retry_later(const Lease& lease, Time not_before) {
  auto queued = transact(*impl_, [&](soci::session& sql) -> Status {
    TRY(fence(sql, lease));
    auto deployment = TRY(find(sql, lease.deployment));
    TRY(move(sql, deployment, Phase::queued));
    auto at = to_ms(not_before);
    sql << "update deployments set owner = '', lease_until = 0, not_before = :at where id = :id", soci::use(at),
        soci::use(lease.deployment);
    return {};
  });
  impl_->announce();
  return queued;
}

Status Store::release_leases_of_others(const std::string& owner) {
  return transact(*impl_, [&](soci::session& sql) -> Status {
    sql << "update deployments set lease_until = 0 where done = 0 and owner <> :owner", soci::use(owner);
    return {};
  });
}

Status Store::expose(const Lease& lease, const Release& release, const Progress& progress) {
  auto exposed = transact(*impl_, [&](soci::session& sql) -> Status {
    TRY(apply(*impl_, lease, progress, {}));
    auto at = to_ms(now());
    sql << "update apps set active_release = :number, updated_at = :at where app = :app and environment = :env",
        soci::use(release.number), soci::use(at), soci::use(release.key.app), soci::use(release.key.environment);
    sql << "update deployments set deployed_at = :at, done = 1, owner = '', lease_until = 0 where id = :id",
        soci::use(at), soci::use(lease.deployment);
    return {};
  });
  impl_->announce();
  return exposed;
}

Status Store::place(const Lease& lease, const AppKey& key, const std::string& host, int release) {
  return transact(*impl_, [&](soci::session& sql) -> Status {
    TRY(fence(sql, lease));
    sql << "insert into placements (app, environment, host, release_number) values (:app, :env, :host, :release) "
           "on conflict (app, environment, host) do update set "
           "previous = case when release_number = excluded.release_number then previous else release_number end, "
           "release_number = excluded.release_number",
        soci::use(key.app), soci::use(key.environment), soci::use(host), soci::use(release);
    return {};
  });
}

Status Store::touch_place(const Lease& lease, const AppKey& key, const std::string& host) {
  return transact(*impl_, [&](soci::session& sql) -> Status {
    TRY(fence(sql, lease));
    sql << "insert into placements (app, environment, host, release_number) values (:app, :env, :host, 0) "
           "on conflict (app, environment, host) do nothing",
        soci::use(key.app), soci::use(key.environment), soci::use(host);
    return {};
  });
}

}  // namespace podwright
