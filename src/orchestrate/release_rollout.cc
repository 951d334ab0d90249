#include "orchestrate/release_rollout.hh"

#include <algorithm>
#include <atomic>
#include <thread>

#include "base/log.hh"
#include "base/text.hh"
#include "orchestrate/checkpoint.hh"
#include "orchestrate/prepare.hh"

namespace podwright::orchestrate {

namespace {

constexpr size_t kAtOnce = 16;  // places that one deployment works on side by side
constexpr Millis kReportEvery = std::chrono::milliseconds(500);

// Which place it was, unless there is only this machine.
Error named(Error problem, const std::string& place) {
  if (!place.empty()) problem.message = place + ": " + problem.message;
  return problem;
}

// A bug at one place ends the work there, as a bug in a job ends the job.
Status caught(const std::function<Status(const std::string&)>& act, const std::string& place) {
  try {
    return act(place);
  } catch (const std::exception& bug) {
    return fail(ErrorCode::internal, "a bug: {}", bug.what());
  }
}

}  // namespace

std::vector<Places> batches(const Places& places, int size) {
  auto step = size <= 0 ? std::max<size_t>(1, places.size()) : static_cast<size_t>(size);
  std::vector<Places> out;
  for (size_t i = 0; i < places.size(); i += step)
    out.emplace_back(places.begin() + static_cast<long>(i),
                     places.begin() + static_cast<long>(std::min(i + step, places.size())));
  return out;
}

Places places_for(const std::vector<std::string>& asked, const std::vector<Placement>& placements) {
  Places out;
  for (const auto& host : asked) {
    auto place = place_of_host(host);
    if (std::ranges::find(out, place) == out.end()) out.push_back(place);
  }
  if (out.empty())
    for (const auto& placement : placements)
      if (placement.release != 0) out.push_back(placement.host);
  if (out.empty()) out.emplace_back();
  return out;
}

ReleaseRollout::ReleaseRollout(Sites& sites, Store& store, Lease lease, Release release, Service service,
                               std::string reference)
    : sites_(sites),
      store_(store),
      lease_(std::move(lease)),
      release_(std::move(release)),
      service_(std::move(service)),
      reference_(std::move(reference)) {}

Status ReleaseRollout::ship(const Places& places, std::stop_token stop) {
  for (const auto& place : places)
    if (!place.empty()) report(place, [](HostReport&) {});
  return at_all(places, [&](const std::string& place) -> Status {
    auto site = TRY(sites_.at(place));
    if (!site.remote) return {};
    report(place, [](HostReport& report) { report.state = "shipping"; });
    TRY(site.remote->connect());
    TRY(store_.touch_place(lease_, release_.key, place));
    if (service_.port != 0) TRY(ensure_proxy(site));
    Stopwatch told;
    auto progress = [&](long long sent, long long total) {
      if (told.elapsed() < kReportEvery) return;
      told = {};
      report(place, [&](HostReport& report) { report.bytes_sent = sent, report.bytes_total = total; });
    };
    auto shipment = TRY(site.remote->bring_image(service_.image, reference_, progress, stop));
    report(place, [&](HostReport& report) {
      report.state = "shipped";
      report.bytes_sent = shipment.bytes_sent;
      report.bytes_total = shipment.bytes_total;
      report.ship_ms = shipment.took.count();
    });
    return {};
  });
}

Status ReleaseRollout::make_ready(const Places& batch, std::stop_token stop) {
  return at_all(batch, [&](const std::string& place) { return make_ready_at(place, stop); });
}

Status ReleaseRollout::make_ready_at(const std::string& place, std::stop_token stop) {
  Rollout rollout(TRY(sites_.at(place)), desired());
  report(place, [](HostReport& report) { report.state = "starting"; });
  auto plan = deploy::plan(desired(), TRY(rollout.observe()));
  Stopwatch watch;
  TRY(rollout.start(plan, stop));
  auto start_ms = watch.elapsed().count();
  TRY(rollout.gate(plan, stop));
  auto health_ms = watch.elapsed().count() - start_ms;
  plans_.with([&](auto& plans) { plans[place] = plan; });
  report(place, [&](HostReport& report) {
    report.state = "healthy", report.start_ms = start_ms, report.health_ms = health_ms;
  });
  reports_.with([&](auto&) {
    timings_.start_ms = std::max<long long>(timings_.start_ms, start_ms);
    timings_.health_ms = std::max<long long>(timings_.health_ms, health_ms);
  });
  return {};
}

Status ReleaseRollout::switch_traffic(const Places& batch) {
  return at_all(batch, [&](const std::string& place) { return switch_at(place); });
}

// From here on there is no way back but a new deployment: the switch and its record are one step that a restart
// repeats.
Status ReleaseRollout::switch_at(const std::string& place) {
  Rollout rollout(TRY(sites_.at(place)), desired());
  Stopwatch watch;
  TRY(rollout.route());
  auto route_ms = watch.elapsed().count();
  checkpoint("routed");
  TRY(store_.place(lease_, release_.key, place, release_.number));
  rollout.retire(plans_.with([&](auto& plans) { return plans[place]; }));
  auto answers_at = url(place);
  report(place,
         [&](HostReport& report) { report.state = "live", report.route_ms = route_ms, report.url = answers_at; });
  reports_.with([&](auto&) { timings_.route_ms = std::max<long long>(timings_.route_ms, route_ms); });
  return {};
}

Status ReleaseRollout::take_back(const Places& places, bool undo_switched) {
  return at_all(places, [&](const std::string& place) -> Status {
    auto done = take_back_at(place, undo_switched);
    if (done || place.empty()) return done;
    log::warn("{}: {}; the reconciler goes on when it is back", place, printable(done.error().message));
    return {};
  });
}

Status ReleaseRollout::take_back_at(const std::string& place, bool undo_switched) {
  auto site = TRY(sites_.at(place));
  auto placement = TRY(placement_at(store_, release_.key, place));
  bool switched = placement.release == release_.number;
  if (switched && !undo_switched) return {};
  auto serves = switched ? placement.previous : placement.release;
  if (serves != 0) {
    auto before = TRY(earlier(serves));
    Rollout rollout(site, before);
    auto plan = deploy::plan(before, TRY(rollout.observe()));
    if (switched) TRY(rollout.start(plan, {}));  // what ran before may be gone already
    if (switched) TRY(rollout.gate(plan, {}));
    TRY(rollout.route());
    if (switched) TRY(store_.place(lease_, release_.key, place, serves));
  } else {
    TRY(site.ports.proxy.remove_route(release_.key.text()));
    TRY(store_.forget_placement(release_.key, place));
  }
  TRY(Rollout(site, desired()).discard());
  report(place, [](HostReport& report) {
    if (report.state != "failed") report.state = "undone";
  });
  return {};
}

// Every place is finished, also when another one failed; the answer is the first failure.
Status ReleaseRollout::at_all(const Places& places, const std::function<Status(const std::string&)>& act) {
  auto act_at = [&](const std::string& place) -> Status {
    auto done = caught(act, place);
    if (done) return done;
    auto problem = named(std::move(done).error(), place);
    report(place, [&](HostReport& report) { report.state = "failed", report.error = problem.message; });
    return fail(std::move(problem));
  };
  if (places.size() == 1) return act_at(places.front());
  std::vector<Status> done(places.size());
  std::atomic<size_t> next = 0;
  {
    std::vector<std::jthread> crew;
    for (size_t i = 0; i < std::min(kAtOnce, places.size()); ++i)
      crew.emplace_back([&] {
        for (size_t mine = next++; mine < places.size(); mine = next++) done[mine] = act_at(places[mine]);
      });
  }
  for (auto& status : done)
    if (!status) return std::move(status);
  return {};
}

// What people see of a server while it happens. A report that cannot be written is no reason to stop.
void ReleaseRollout::report(const std::string& place, const std::function<void(HostReport&)>& change) {
  if (place.empty()) return;
  auto all = reports_.with([&](auto& reports) {
    auto& mine = reports[place];
    mine.host = place;
    change(mine);
    std::vector<HostReport> out;
    for (const auto& [host, one] : reports) out.push_back(one);
    return out;
  });
  (void)store_.record(lease_, {.hosts = std::move(all)});
}

std::string ReleaseRollout::url(const std::string& place) {
  auto site = sites_.at(place);
  return site ? url_at(*site, release_.key, service_) : "";
}

deploy::Desired ReleaseRollout::desired() const {
  return {store_.installation(), release_.key, release_.number, release_.deployment, service_};
}

Result<deploy::Desired> ReleaseRollout::earlier(int release) const {
  auto old = TRY(store_.release(release_.key, release));
  auto app = TRY(store_.app(release_.key));
  return deploy::Desired{store_.installation(), release_.key, old.number, old.deployment,
                         with_settings(old.service, app.settings)};
}

}  // namespace podwright::orchestrate
