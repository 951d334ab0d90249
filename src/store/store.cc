#include "store/store.hh"

#include <soci/sqlite3/soci-sqlite3.h>

#include "base/fs.hh"
#include "base/ids.hh"
#include "store/impl.hh"

namespace podwright {

namespace {

// Kept small: what is older than this many events is dropped, so that the table has a bound.
constexpr long long kKeptEvents = 20'000;

std::string load_installation(soci::session& sql) {
  std::string id;
  soci::indicator found = soci::i_null;
  sql << "select value from meta where name = 'installation'", soci::into(id, found);
  if (sql.got_data()) return id;
  id = random_hex(6);
  sql << "insert into meta (name, value) values ('installation', :id)", soci::use(id);
  return id;
}

}  // namespace

Error soci_failure(const std::exception& problem) {
  const auto* sqlite = dynamic_cast<const soci::sqlite3_soci_error*>(&problem);
  int code = sqlite ? sqlite->result() & 0xff : 0;
  if (code == SQLITE_FULL)
    return error(ErrorCode::exhausted, "the disk is full: the database cannot be written").with_hint("free some space; applications go on");
  if (code == SQLITE_BUSY || code == SQLITE_IOERR || code == SQLITE_CANTOPEN || code == SQLITE_READONLY)
    return error(ErrorCode::unavailable, "the database cannot be used: {}", problem.what());
  return error(ErrorCode::internal, "the database refused a statement: {}", problem.what());
}

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::open(const std::filesystem::path& database) {
  if (database.native().contains('"')) return fail(ErrorCode::invalid, "the state folder's path must not hold a quote");
  TRY(make_directories(database.parent_path()));
  auto impl = std::make_unique<Impl>();
  impl->seal = TRY(Seal::open(database.parent_path() / "seal.key"));
  try {
    impl->sql.open(soci::sqlite3, "dbname=\"" + database.native() + "\" timeout=5 synchronous=full");
    impl->sql << "pragma journal_mode = wal";
    impl->sql << "pragma cache_size = -512";
    soci::transaction transaction(impl->sql);
    create_schema(impl->sql);
    impl->installation = load_installation(impl->sql);
    long long last = 0;
    impl->sql << "select coalesce(max(seq), 0) from events", soci::into(last);
    *impl->last_seq.lock() = last;
    transaction.commit();
  } catch (const soci::soci_error& problem) {
    return fail(soci_failure(problem).during("opening " + database.native()));
  }
  return std::unique_ptr<Store>(new Store(std::move(impl)));
}

std::string Store::installation() const { return impl_->installation; }
void Store::on_change(std::function<void()> notify) { *impl_->notify.lock() = std::move(notify); }

void Store::Impl::append(const Event& event) {
  auto at = to_ms(now());
  sql << "insert into events (at, type, app, environment, deployment, message) values (:at, :type, :app, :env, :dep, :text)",
      soci::use(at), soci::use(event.type), soci::use(event.app), soci::use(event.environment), soci::use(event.deployment),
      soci::use(event.message);
  long long seq = 0;
  sql << "select max(seq) from events", soci::into(seq);
  if (seq % 1000 == 0) sql << "delete from events where seq < :oldest", soci::use(seq - kKeptEvents);
  last_seq.with([&](long long& last) { last = seq; });
}

void Store::Impl::announce() {
  newer.notify_all();
  if (auto call = notify.with([](auto& known) { return known; })) call();
}

Status Store::add_event(Event event) {
  auto added = transact(*impl_, [&](soci::session&) -> Status {
    impl_->append(event);
    return {};
  });
  impl_->newer.notify_all();
  return added;
}

Result<std::vector<Event>> Store::events(long long after, int limit, const std::string& deployment) {
  return query(*impl_, [&](soci::session& sql) -> Result<std::vector<Event>> {
    soci::rowset<soci::row> rows =
        (sql.prepare << "select seq, at, type, app, environment, deployment, message from events "
                        "where seq > :after and (:dep = '' or deployment = :dep2) order by seq limit :limit",
         soci::use(after), soci::use(deployment), soci::use(deployment), soci::use(limit));
    std::vector<Event> events;
    for (const auto& row : rows)
      events.push_back({.seq = row.get<int>(0),
                        .at = from_ms(row.get<long long>(1)),
                        .type = row.get<std::string>(2),
                        .app = row.get<std::string>(3),
                        .environment = row.get<std::string>(4),
                        .deployment = row.get<std::string>(5),
                        .message = row.get<std::string>(6)});
    return events;
  });
}

void Store::wait_for_events(long long after, Deadline deadline) {
  auto last = impl_->last_seq.lock();
  impl_->newer.wait_for(last.lock(), deadline.left(), [&] { return *last > after; });
}

long long Store::last_event() { return *impl_->last_seq.lock(); }

}  // namespace podwright
