#include "cli/progress.hh"

#include <array>

#include "base/text.hh"
#include "cli/fields.hh"

namespace podwright::cli {

namespace {

constexpr size_t kTailLines = 40;
constexpr std::array<std::string_view, 10> kFrames{"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"};

std::string_view label(Phase phase) {
  switch (phase) {
    case Phase::queued: return "waiting";
    case Phase::analyzing: return "analyzing";
    case Phase::building: return "building";
    case Phase::provisioning: return "preparing";
    case Phase::deploying: return "starting";
    case Phase::healthy: return "switching traffic";
    case Phase::rolling_back: return "rolling back";
    default: return name(phase);
  }
}

// The store's message is "BUILDING" or "BUILDING: what"; newer daemons may say it in data.phase.
std::optional<Phase> phase_of(const json::value& event, std::string& detail) {
  auto message = text(event, "message");
  auto colon = message.find(": ");
  if (colon != message.npos) detail = message.substr(colon + 2);
  if (const auto* data = find(event, "data"))
    if (auto named = phase_named(text(*data, "phase"))) return named;
  return phase_named(message.substr(0, colon));
}

}  // namespace

Progress::Progress(const Terminal& terminal, Detail detail)
    : terminal_(terminal), detail_(detail), log_([this](std::string_view line) {
        tail_.push_back(inert_line(line, false));
        if (tail_.size() > kTailLines) tail_.pop_front();
        if (detail_ == Detail::full) print(terminal_.dim("  │ " + tail_.back()));
      }) {}

void Progress::on_event(const json::value& event) {
  std::string detail;
  auto at = parse_iso8601(text(event, "at")).value_or(now());
  if (text(event, "type") == "deployment.phase") {
    if (auto phase = phase_of(event, detail)) enter(*phase, at, detail);
  } else if (auto message = text(event, "message"); !message.empty()) {
    note(message);
  }
}

void Progress::on_log(std::string_view chunk) { log_.feed(chunk); }

void Progress::note(std::string_view line) {
  if (detail_ != Detail::silent) print("  " + printable(line));
}

void Progress::enter(Phase phase, Time at, std::string detail) {
  leave(at, phase != Phase::failed && phase != Phase::cancelled && phase != Phase::rolling_back);
  if (is_final(phase)) return;
  phase_ = phase;
  entered_ = at;
  watch_ = Stopwatch();
  phase_detail_ = std::move(detail);
  tick();
}

void Progress::leave(Time at, bool well) {
  if (!phase_) return;
  if (*phase_ == Phase::building) log_.finish();
  bool worth_a_line = *phase_ != Phase::queued || at - entered_ > Millis(500);
  auto took = fmt::format("{:>12}", duration(at - entered_));
  auto rest = phase_detail_.empty() ? "" : "  " + printable(phase_detail_);
  if (detail_ != Detail::silent && worth_a_line)
    print(fmt::format("{} {:<18}{}{}", well ? terminal_.green("✓") : terminal_.red("✗"), label(*phase_), terminal_.dim(took), rest));
  phase_.reset();
}

void Progress::tick() {
  if (!terminal_.live || detail_ == Detail::silent || !phase_) return;
  auto line = fmt::format("{} {:<18}{:>12}", kFrames[frame_++ % kFrames.size()], label(*phase_), duration(watch_.elapsed()));
  terminal_.out("\r\x1b[2K" + line);
  live_shown_ = true;
}

void Progress::finish() {
  log_.finish();
  clear_live();
}

std::string Progress::log_tail() const {
  std::string out;
  for (const auto& line : tail_) out += "  │ " + line + "\n";
  return out;
}

void Progress::print(const std::string& line) {
  clear_live();
  terminal_.out(line + "\n");
}

void Progress::clear_live() {
  if (live_shown_) terminal_.out("\r\x1b[2K");
  live_shown_ = false;
}

}  // namespace podwright::cli
