// Typed access to YAML nodes that collects every problem instead of stopping at the first. Private to this room.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hh"
#include "config/config.hh"
#include "format/yaml.hh"

namespace podwright::config {

class Reading {
 public:
  Reading(AppConfig& out, std::string_view file) : config(out), file_(file) {}

  AppConfig& config;

  void problem(const Yaml& value, std::string_view what);                                      // at the value
  void problem_at_key(const Yaml& value, std::string_view what, std::string_view hint = {});  // at its key
  void loss(const Yaml& value, std::string_view field, std::string_view reason);
  Status status() const;  // all problems, or success

  // Each answers nothing after noting a problem. `field` is what the user calls the value.
  std::optional<std::string> text(const Yaml& value, std::string_view field);  // not empty
  std::optional<long long> whole(const Yaml& value, std::string_view field, long long least, long long most);
  std::optional<bool> flag(const Yaml& value, std::string_view field);
  std::optional<Millis> duration(const Yaml& value, std::string_view field, Millis least, Millis most);
  std::optional<long long> bytes(const Yaml& value, std::string_view field, long long least, long long most);
  std::optional<int> cpu(const Yaml& value, std::string_view field);  // thousandths
  std::vector<std::string> texts(const Yaml& value, std::string_view field);  // one text or a list of them
  bool mapping(const Yaml& value, std::string_view field);

  // Runs a check of model/name.hh and notes its error here.
  bool passes(const Yaml& value, const Status& status);

  // False, after noting it, when this setting was made before under another key ("port" and "deployment.application.port").
  bool first(const Yaml& value, std::string_view setting);

 private:
  struct Problem {
    int line, column;
    std::string what, hint;
  };

  std::string file_;
  std::vector<Problem> problems_;
  std::set<std::string, std::less<>> set_;
};

// A key of a mapping and what reads its value.
struct Key {
  std::string_view name;
  std::function<void(Reading&, const Yaml&)> read;
};

// Hands each child to its key; an unknown one is a problem with the nearest known name. `where` is "" at the top, else
// "health.", for messages.
void read_keys(Reading& in, const Yaml& mapping, std::span<const Key> keys, std::string_view where);

template <class T>
Said<T> said(T value, const Yaml& node) {
  return {std::move(value), node.line};
}

}  // namespace podwright::config
