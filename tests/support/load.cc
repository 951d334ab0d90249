#include "support/load.hh"

#include <algorithm>
#include <array>
#include <thread>

#include "base/synced.hh"
#include "base/text.hh"
#include "support/http_client.hh"

namespace podwright::test {

namespace {

using Clock = std::chrono::steady_clock;
constexpr size_t kBuckets = 40000;  // of 0.25 ms: 10 s
constexpr double kBucketMs = 0.25;

struct Counts {
  LoadReport report;
  std::vector<long> latencies = std::vector<long>(kBuckets);
};

class Load {
 public:
  Load(const LoadOptions& options, std::stop_token stop) : options_(options), stop_(std::move(stop)), end_(Deadline::in(options.duration)) {}

  bool over() const { return stop_.stop_requested() || end_.passed(); }

  void keep_asking(int number) {
    HttpClient client(options_.port, options_.host);
    auto period = std::chrono::nanoseconds(1'000'000'000LL * options_.connections / options_.rate);
    auto next = Clock::now() + period * number / options_.connections;
    for (; !over(); next += period) {
      std::this_thread::sleep_until(next);
      auto begun = Clock::now();
      auto answer = client.get(options_.path, std::chrono::seconds(30));
      count(answer, Clock::now() - begun);
    }
    counts_.with([&](Counts& all) { all.report.reconnects += std::max(0, client.connects() - 1); });
  }

  void keep_streaming() {
    while (!over()) {
      HttpClient client(options_.port, options_.host);
      auto limit = std::chrono::seconds(30);
      auto response = client.begin(options_.stream_path, limit);
      // Read in one go, but give up when the load is over.
      auto done = response ? read_stream(client, *response) : Status(fail(response.error()));
      counts_.with([&](Counts& all) {
        if (!done && done.error().code == ErrorCode::cancelled) ++all.report.streams_unfinished;
        else if (done && response->status == 200) ++all.report.streams_ok;
        else problem(all, all.report.streams_lost, "stream: " + (done ? "status " + std::to_string(response->status) : done.error().message));
      });
      if (!done) std::this_thread::sleep_for(Millis(20));
    }
  }

  void keep_echoing() {
    while (!over()) {
      HttpClient client(options_.port, options_.host);
      auto opened = client.upgrade(options_.websocket_path);
      if (!opened) {
        counts_.with([&](Counts& all) { problem(all, all.report.websockets_lost, "upgrade: " + opened.error().message); });
        std::this_thread::sleep_for(Millis(100));
        continue;
      }
      echo_until_closed(client);
    }
  }

  void cut_streams() { cut_source_.request_stop(); }

  LoadReport finish(double seconds) {
    auto all = counts_.lock();
    auto& report = all->report;
    report.seconds = seconds;
    auto total = report.ok;
    long seen = 0;
    for (size_t i = 0; i < kBuckets && total > 0; ++i) {
      seen += all->latencies[i];
      auto ms = static_cast<double>(i + 1) * kBucketMs;
      if (report.p50_ms == 0 && seen * 2 >= total) report.p50_ms = ms;
      if (report.p99_ms == 0 && seen * 100 >= total * 99) report.p99_ms = ms;
    }
    return report;
  }

 private:
  static void problem(Counts& all, long& counter, const std::string& what) {
    ++counter;
    if (all.report.problems.size() < 20 || all.report.problems.contains(what)) ++all.report.problems[what];
  }

  void count(const Result<Response>& answer, Clock::duration took) {
    auto ms = std::chrono::duration<double, std::milli>(took).count();
    counts_.with([&](Counts& all) {
      if (!answer) return problem(all, all.report.lost, "request: " + answer.error().message);
      if (answer->status != 200) return problem(all, all.report.wrong, "request: status " + std::to_string(answer->status));
      ++all.report.ok;
      ++all.latencies[std::min(kBuckets - 1, static_cast<size_t>(ms / kBucketMs))];
      all.report.max_ms = std::max(all.report.max_ms, ms);
      if (ms > static_cast<double>(options_.slow.count())) ++all.report.slow;
    });
  }

  Status read_stream(HttpClient& client, Response& response) {
    std::stop_callback cut(cut_, [&] { client.interrupt(); });
    auto done = client.finish(response, std::chrono::seconds(30));
    if (!done && over()) return fail(ErrorCode::cancelled, "the load is over");
    return done;
  }

  void echo_until_closed(HttpClient& client) {
    auto opened = Clock::now();
    for (int number = 0; !over(); ++number) {
      auto text = "echo " + std::to_string(number);
      auto answer = client.echo(text, std::chrono::seconds(10));
      bool grown = Clock::now() - opened >= options_.websocket_grace;
      bool closed_well = !answer && (grown || answer.error().code == ErrorCode::cancelled);
      counts_.with([&](Counts& all) {
        if (answer && *answer == text) ++all.report.echoes;
        else if (closed_well) ++all.report.websockets_ended;
        else problem(all, all.report.websockets_lost, "websocket: " + (answer ? "wrong echo" : answer.error().message));
      });
      if (!answer) return;
      std::this_thread::sleep_for(Millis(100));
    }
  }

  const LoadOptions& options_;
  std::stop_token stop_;
  Deadline end_;
  std::stop_source cut_source_;
  std::stop_token cut_ = cut_source_.get_token();
  Synced<Counts> counts_;
};

}  // namespace

LoadReport run_load(const LoadOptions& options, std::stop_token stop) {
  Stopwatch watch;
  Load load(options, std::move(stop));
  {
    std::vector<std::jthread> clients;
    for (int i = 0; i < options.connections; ++i) clients.emplace_back([&load, i] { load.keep_asking(i); });
    for (int i = 0; i < options.streams; ++i) clients.emplace_back([&load] { load.keep_streaming(); });
    for (int i = 0; i < options.websockets; ++i) clients.emplace_back([&load] { load.keep_echoing(); });
    while (!load.over()) std::this_thread::sleep_for(Millis(20));
    load.cut_streams();
  }
  return load.finish(static_cast<double>(watch.elapsed().count()) / 1000.0);
}

std::string LoadReport::json() const {
  std::string what;
  for (const auto& [name, times] : problems) what += fmt::format("{}\"{}\":{}", what.empty() ? "" : ",", replace_all(printable(name), "\"", "'"), times);
  what = replace_all(what, "\\", "\\\\");
  return fmt::format(
      R"({{"ok":{},"lost":{},"wrong":{},"slow":{},"streams_ok":{},"streams_lost":{},"streams_unfinished":{},"echoes":{},"websockets_lost":{},"websockets_ended":{},"reconnects":{},"losses":{},"seconds":{:.2f},"requests_per_second":{:.0f},"p50_ms":{:.2f},"p99_ms":{:.2f},"max_ms":{:.1f},"problems":{{{}}}}})",
      ok, lost, wrong, slow, streams_ok, streams_lost, streams_unfinished, echoes, websockets_lost, websockets_ended, reconnects,
      losses(), seconds, seconds > 0 ? static_cast<double>(ok) / seconds : 0, p50_ms, p99_ms, max_ms, what);
}

}  // namespace podwright::test
