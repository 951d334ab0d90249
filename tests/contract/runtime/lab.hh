// A place to try a Runtime in: the runtime, an image, and what commands make a container behave in a known way.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "deploy/runtime.hh"

namespace podwright::contract {

using Words = std::vector<std::string>;

// Removes everything that was made in it at the end of its life.
class Lab {
 public:
  virtual ~Lab() = default;
  virtual std::string name() const = 0;
  virtual Runtime& runtime() = 0;
  virtual std::string image() const = 0;  // its id
  virtual void add_foreign(const std::string& name) = 0;

  // Commands: answers HTTP on port 8080; ends with 7; has SIGTERM ignored; serves after writing "one\ntwo\nthree\n".
  virtual Words serves() const = 0;
  virtual Words exits_with_7() const = 0;
  virtual Words ignores_term() const = 0;
  virtual Words logs_three_lines() const = 0;
  virtual void wait_until_settled(const std::string& name) = 0;  // until its command has set itself up

  const std::string& installation() const { return installation_; }
  InstanceSpec spec(const std::string& suffix, Words command) const;

 protected:
  explicit Lab(std::string installation) : installation_(std::move(installation)) {}

 private:
  std::string installation_;
};

std::unique_ptr<Lab> fake_lab();
std::unique_ptr<Lab> podman_lab();  // null when Podman is not installed

// A new lab of every kind.
std::vector<std::unique_ptr<Lab>> labs();

bool answers(const Instance& instance);  // HTTP 200 on its published port within 5 s
bool gone_within(pid_t pid, Millis limit);
bool eventually(Millis limit, const std::function<bool()>& condition);

}  // namespace podwright::contract
