// What every Runtime must do, held against the fake and against real Podman.
#include <doctest/doctest.h>

#include <algorithm>
#include <thread>

#include "base/text.hh"
#include "contract/runtime/lab.hh"

using namespace podwright;
using namespace podwright::contract;
using namespace std::chrono_literals;

namespace {

Instance started(Lab& lab, const InstanceSpec& spec) {
  auto made = lab.runtime().create(spec);
  REQUIRE_MESSAGE(made, made.error().text());
  auto begun = lab.runtime().start(spec.name);
  REQUIRE_MESSAGE(begun, begun.error().text());
  auto instance = lab.runtime().inspect(spec.name);
  REQUIRE_MESSAGE(instance, instance.error().text());
  return *instance;
}

}  // namespace

TEST_CASE("a container goes from created to running to exited and away, each step repeatable") {
  for (auto& lab : labs()) {
    CAPTURE(lab->name());
    auto& runtime = lab->runtime();
    auto spec = lab->spec("life", lab->serves());
    auto made = runtime.create(spec);
    REQUIRE_MESSAGE(made, made.error().text());
    CHECK(made->state == InstanceState::created);
    CHECK(made->name == spec.name);
    CHECK(made->labels == spec.labels);
    CHECK(made->image_id == lab->image());
    CHECK(made->host_port > 0);
    CHECK(runtime.create(spec)->id == made->id);

    REQUIRE(runtime.start(spec.name));
    CHECK(runtime.start(spec.name));
    auto running = runtime.inspect(spec.name);
    REQUIRE(running);
    CHECK(running->state == InstanceState::running);
    CHECK(running->pid > 0);
    CHECK(running->host_port == made->host_port);
    CHECK(runtime.create(spec)->id == made->id);
    CHECK(answers(*running));

    REQUIRE(runtime.stop(spec.name, 2s));
    CHECK(runtime.stop(spec.name, 2s));
    auto stopped = runtime.inspect(spec.name);
    REQUIRE(stopped);
    CHECK(stopped->state == InstanceState::exited);
    CHECK(stopped->pid == 0);

    REQUIRE(runtime.start(spec.name));
    CHECK(answers(*runtime.inspect(spec.name)));
    REQUIRE(runtime.remove(spec.name));
    CHECK(runtime.remove(spec.name));
    CHECK(runtime.inspect(spec.name).error().code == ErrorCode::not_found);
    CHECK(runtime.start(spec.name).error().code == ErrorCode::not_found);
    CHECK(runtime.stop(spec.name, 1s));
  }
}

TEST_CASE("list answers the containers that carry all labels, in every state") {
  for (auto& lab : labs()) {
    CAPTURE(lab->name());
    auto a = lab->spec("list-a", lab->serves());
    auto b = lab->spec("list-b", lab->serves());
    b.labels[std::string(kLabelRelease)] = "2";
    started(*lab, a);
    REQUIRE(lab->runtime().create(b));
    auto names = [&](const Labels& labels) {
      std::vector<std::string> out;
      auto listed = lab->runtime().list(labels);
      REQUIRE(listed);
      for (const auto& instance : *listed) out.push_back(instance.name);
      std::ranges::sort(out);
      return join(out, " ");
    };
    Labels app{{std::string(kLabelInstallation), lab->installation()}};
    CHECK(names(app) == a.name + " " + b.name);
    app[std::string(kLabelRelease)] = "2";
    CHECK(names(app) == b.name);
  }
}

TEST_CASE("an exit is seen with its code as soon as the process is gone") {
  for (auto& lab : labs()) {
    CAPTURE(lab->name());
    auto spec = lab->spec("exit", lab->exits_with_7());
    auto instance = started(*lab, spec);
    if (instance.pid > 0) REQUIRE(gone_within(instance.pid, 5s));
    auto ended = lab->runtime().inspect(spec.name);
    REQUIRE(ended);
    CHECK(ended->state == InstanceState::exited);
    CHECK(ended->exit_code == 7);
  }
}

TEST_CASE("a container that ignores its stop signal is killed after the grace, no sooner and not much later") {
  for (auto& lab : labs()) {
    CAPTURE(lab->name());
    auto spec = lab->spec("stubborn", lab->ignores_term());
    started(*lab, spec);
    lab->wait_until_settled(spec.name);
    Stopwatch watch;
    REQUIRE(lab->runtime().stop(spec.name, 400ms));
    CHECK(watch.elapsed() >= 400ms);
    CHECK(watch.elapsed() < 3s);
    CHECK(lab->runtime().inspect(spec.name)->exit_code == 137);
  }
}

TEST_CASE("what is not ours is never started, stopped, replaced or removed") {
  for (auto& lab : labs()) {
    CAPTURE(lab->name());
    auto spec = lab->spec("foreign", lab->serves());
    lab->add_foreign(spec.name);
    CHECK(lab->runtime().create(spec).error().code == ErrorCode::conflict);
    CHECK(lab->runtime().start(spec.name).error().code == ErrorCode::conflict);
    CHECK(lab->runtime().stop(spec.name, 1s).error().code == ErrorCode::conflict);
    CHECK(lab->runtime().remove(spec.name).error().code == ErrorCode::conflict);
    CHECK(lab->runtime().exec(spec.name, {"true"}, 1s).error().code == ErrorCode::conflict);
    CHECK(lab->runtime().inspect(spec.name));
  }
}

TEST_CASE("an unknown image is not_found, and an image in use cannot be removed") {
  for (auto& lab : labs()) {
    CAPTURE(lab->name());
    auto spec = lab->spec("image", lab->serves());
    auto unknown = spec;
    unknown.service.image = std::string(64, 'a');
    CHECK(lab->runtime().create(unknown).error().code == ErrorCode::not_found);
    CHECK(lab->runtime().image("localhost/podwright-test/none").error().code == ErrorCode::not_found);
    CHECK(lab->runtime().image(lab->image())->id == lab->image());
    REQUIRE(lab->runtime().create(spec));
    CHECK(lab->runtime().remove_image(lab->image()).error().code == ErrorCode::conflict);
    CHECK(lab->runtime().image(lab->image()));
    CHECK(lab->runtime().remove_image(std::string(64, 'a')));
  }
}

TEST_CASE("the log is read to its end, or its last lines, or followed until the reader stops") {
  for (auto& lab : labs()) {
    CAPTURE(lab->name());
    auto spec = lab->spec("logs", lab->logs_three_lines());
    started(*lab, spec);
    auto read = [&](LogOptions options, std::stop_token stop = {}) {
      std::string text;
      auto status = lab->runtime().logs(spec.name, options, [&](std::string_view chunk) { return text.append(chunk), true; }, stop);
      CHECK(status);
      return text;
    };
    CHECK(eventually(5s, [&] { return read({}) == "one\ntwo\nthree\n"; }));
    CHECK(read({.tail = 1}) == "three\n");
    std::stop_source source;
    std::jthread stopper([&] { std::this_thread::sleep_for(300ms); source.request_stop(); });
    Stopwatch watch;
    CHECK(read({.follow = true}, source.get_token()) == "one\ntwo\nthree\n");
    CHECK(watch.elapsed() < 2s);
    CHECK(lab->runtime().logs("pw-none", {}, [](std::string_view) { return true; }, {}).error().code == ErrorCode::not_found);
  }
}

TEST_CASE("exec answers the exit code and the output") {
  for (auto& lab : labs()) {
    CAPTURE(lab->name());
    auto spec = lab->spec("exec", lab->serves());
    started(*lab, spec);
    auto result = lab->runtime().exec(spec.name, {"sh", "-c", "echo out; exit 3"}, 10s);
    REQUIRE_MESSAGE(result, result.error().text());
    CHECK(result->exit_code == 3);
    CHECK(result->output == "out\n");
    REQUIRE(lab->runtime().stop(spec.name, 1s));
    CHECK(lab->runtime().exec(spec.name, {"true"}, 1s).error().code == ErrorCode::conflict);
  }
}

TEST_CASE("remove_app needs our label and is repeatable") {
  for (auto& lab : labs()) {
    CAPTURE(lab->name());
    CHECK_FALSE(lab->runtime().remove_app({}, true));
    Labels app{{std::string(kLabelInstallation), lab->installation()}};
    CHECK(lab->runtime().remove_app(app, true));
    CHECK(lab->runtime().remove_app(app, true));
  }
}
