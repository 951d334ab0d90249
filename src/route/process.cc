#include "route/process.hh"

#include <algorithm>
#include <thread>

#include "base/text.hh"
#include "route/config.hh"

namespace podwright::route {

namespace {

constexpr Millis kAskLimit = std::chrono::seconds(5);
constexpr Millis kStartLimit = std::chrono::seconds(10);
constexpr Millis kFirstPause{5};
constexpr Millis kLongestPause{100};  // a host may be far away
constexpr int kStartRetries = 3;
constexpr Millis kRetryPause{200};
constexpr size_t kLongestLine = 8192;

// As many lines of commands as hold them: HAProxy's own buffer for one is 16 KiB.
std::vector<std::string> batches(const std::vector<std::string>& commands) {
  std::vector<std::string> out;
  for (const auto& command : commands) {
    if (out.empty() || out.back().size() + command.size() > kLongestLine)
      out.push_back(command);
    else
      out.back() += ";" + command;
  }
  return out;
}

}  // namespace

Result<std::string> Process::ask(std::string_view command) const {
  return home_->ask(std::string(kAdminSocket), command, kAskLimit);
}

Result<std::vector<std::string>> Process::ask_each(const std::vector<std::string>& commands) const {
  std::vector<std::string> out;
  for (const auto& line : batches(commands))
    for (auto& answer : read_answers(TRY(ask(line)))) out.push_back(std::move(answer));
  if (out.size() == commands.size()) return out;
  return fail(ErrorCode::unavailable, "the proxy in {} broke off: {} answers to {} commands", home_->place(),
              out.size(), commands.size());
}

Result<std::string> Process::ask_master(std::string_view command) const {
  return home_->ask(std::string(kMasterSocket), command, kAskLimit);
}

Result<Info> Process::recognise(std::string_view show_info) const {
  auto info = read_info(show_info);
  if (info.description.starts_with(mark_ + " ")) return info;
  return fail(error(ErrorCode::conflict, "the proxy in {} (pid {}) is not ours: it calls itself '{}'", home_->place(),
                    info.pid, printable(info.description))
                  .with_hint("stop it, or use another state folder"));
}

Result<std::optional<Info>> Process::find() const {
  auto answer = ask("show info");
  if (!answer && answer.error().code == ErrorCode::not_found) return std::nullopt;
  return TRY(recognise(TRY(std::move(answer))));
}

Result<std::optional<Running>> Process::look() const {
  auto answers = ask_each({"show info", fmt::format("show map {}", kHostsMap), fmt::format("show map {}", kRoutesMap),
                           "show servers state"});
  if (!answers && answers.error().code == ErrorCode::not_found) return std::nullopt;
  auto said = TRY(std::move(answers));
  return Running{.slots = slots_of(TRY(recognise(said[0])).description),
                 .hosts = read_map(said[1]),
                 .routes = read_map(said[2]),
                 .servers = read_servers(said[3])};
}

// Again when its port was held: the worker of a master that was killed, or a passing connection, lets go of it soon.
Status Process::start() {
  for (int retry = 0;; ++retry) {
    TRY(home_->start());
    auto started = wait_for(mark_ + " ");
    if (started || !home_->gave_up() || retry == kStartRetries) return started;
    std::this_thread::sleep_for(kRetryPause);
  }
}

// The worker serves when it answers and the master, which starts last, counts it as its worker.
bool Process::answers(const std::string& description) const {
  auto info = find();
  if (!info || !*info || !(*info)->description.starts_with(description)) return false;
  auto processes = ask_master("show proc");
  return processes && read_worker(*processes) == (*info)->pid;
}

Status Process::wait_for(const std::string& description) {
  auto pause = kFirstPause;
  for (auto deadline = Deadline::in(kStartLimit); !deadline.passed(); pause = std::min(pause * 2, kLongestPause)) {
    if (home_->gave_up())
      return fail(error(ErrorCode::unavailable, "the proxy did not start: {}", home_->last_words())
                      .with_hint("another program may hold its port; `ss -ltnp` shows which")
                      .at(fmt::format("{}/{}", home_->place(), kConfigFile)));
    if (answers(description)) return {};
    std::this_thread::sleep_for(pause);
  }
  return fail(error(ErrorCode::timeout, "the proxy did not answer within {} s: {}", kStartLimit.count() / 1000,
                    home_->last_words())
                  .at(fmt::format("{}/{}", home_->place(), kConfigFile)));
}

Status Process::reload(const std::string& expected) {
  auto answer = ask_master("reload");  // it may start itself anew before it has answered
  if (!answer && answer.error().code != ErrorCode::not_found) return std::unexpected(std::move(answer).error());
  return wait_for(expected);
}

Status Process::stop() {
  TRY(find());
  return home_->stop();
}

Result<std::vector<int>> Process::old_workers() const {
  return read_old_workers(TRY(ask_master("show proc")));
}

Result<std::string> Process::ask_old(int worker, std::string_view command) const {
  auto answer = TRY(ask_master(fmt::format("@!{} {}", worker, command)));
  if (answer.starts_with("Can't find")) return fail(ErrorCode::not_found, "the proxy's worker {} ended", worker);
  return answer;
}

}  // namespace podwright::route
