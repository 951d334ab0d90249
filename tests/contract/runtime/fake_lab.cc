#include "contract/runtime/lab.hh"
#include "support/fake_runtime.hh"

namespace podwright::contract {

namespace {

class FakeLab final : public Lab {
 public:
  FakeLab() : Lab("pwt-fake"), runtime_(installation()) {
    runtime_.add_image({.id = image(), .digest = "sha256:" + std::string(64, 'd'), .names = {"localhost/fake:1"}, .labels = {}});
    runtime_.behave("exits", {.serves = false, .exits_with = 7});
    runtime_.behave("stubborn", {.ignores_term = true});
    runtime_.behave("writes", {.log = "one\ntwo\nthree\n"});
    runtime_.on_exec([](const std::string&, Millis) { return ExecResult{.exit_code = 3, .output = "out\n"}; });
  }

  std::string name() const override { return "fake"; }
  Runtime& runtime() override { return runtime_; }
  std::string image() const override { return std::string(64, 'b'); }
  void add_foreign(const std::string& name) override { runtime_.add_foreign(name); }
  Words serves() const override { return {}; }
  Words exits_with_7() const override { return {"exits"}; }
  Words ignores_term() const override { return {"stubborn"}; }
  Words logs_three_lines() const override { return {"writes"}; }
  void wait_until_settled(const std::string& name) override { answers(*runtime_.inspect(name)); }

 private:
  FakeRuntime runtime_;
};

}  // namespace

std::unique_ptr<Lab> fake_lab() { return std::make_unique<FakeLab>(); }

}  // namespace podwright::contract
