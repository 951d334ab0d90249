#include "api/pump.hh"

#include "base/log.hh"

namespace podwright::api {

namespace {

constexpr size_t kBound = 256 << 10;  // bytes waiting for the reader

}  // namespace

std::function<bool(std::string&)> Pump::stream(Source source) {
  auto pump = std::make_shared<Pump>(std::move(source));
  return [pump](std::string& chunk) { return pump->pull(chunk); };
}

Pump::Pump(Source source)
    : thread_([this, source = std::move(source)](std::stop_token stop) {
        try {
          source([this](std::string_view chunk) { return push(chunk); }, stop);
        } catch (const std::exception& bug) {
          log::error("a stream hit a bug: {}", bug.what());
        }
        state_.with([](State& state) { state.ended = true; });
        changed_.notify_all();
      }) {}

Pump::~Pump() {
  thread_.request_stop();
  state_.with([](State& state) { state.gone = true; });
  changed_.notify_all();
}

bool Pump::push(std::string_view chunk) {
  auto state = state_.lock();
  changed_.wait(state.lock(), [&] { return state->gone || state->buffered.size() < kBound; });
  if (state->gone) return false;
  state->buffered += chunk;
  changed_.notify_all();
  return true;
}

bool Pump::pull(std::string& chunk) {
  auto state = state_.lock();
  changed_.wait_for(state.lock(), std::chrono::milliseconds(250), [&] { return state->ended || !state->buffered.empty(); });
  chunk += state->buffered;
  state->buffered.clear();
  changed_.notify_all();
  return !state->ended || !chunk.empty();
}

}  // namespace podwright::api
