#include "podman/inspect.hh"

#include <boost/json.hpp>
#include <chrono>
#include <sstream>

#include "base/text.hh"

namespace podwright::podman {

namespace {

namespace json = boost::json;

Labels labels_of(const json::object& labels) {
  Labels out;
  for (const auto& [key, value] : labels)
    if (value.is_string()) out.emplace(key, value.get_string());
  return out;
}

std::vector<std::string> strings_of(const json::array& array) {
  std::vector<std::string> out;
  for (const auto& value : array)
    if (value.is_string()) out.emplace_back(value.get_string());
  return out;
}

std::string without_slash(std::string name) { return name.starts_with('/') ? name.substr(1) : name; }

std::string without_algorithm(std::string id) { return id.starts_with("sha256:") ? id.substr(7) : id; }

// {"8080/tcp":[{"HostIp":"127.0.0.1","HostPort":"37533"}]}: the one on loopback.
int loopback_port(const json::object& ports) {
  for (const auto& [key, bindings] : ports) {
    if (!bindings.is_array()) continue;
    for (const auto& binding : bindings.get_array()) {
      if (!binding.is_object() || string_at(binding.get_object(), "HostIp") != "127.0.0.1") continue;
      if (auto port = parse_integer(string_at(binding.get_object(), "HostPort"))) return static_cast<int>(*port);
    }
  }
  return 0;
}

std::string address_of(const json::object& networks) {
  for (const auto& [name, network] : networks)
    if (network.is_object())
      if (auto address = string_at(network.get_object(), "IPAddress"); !address.empty()) return address;
  return {};
}

// "2026-11-21T01:14:47.648372226Z" → Unix seconds; 0 when it is no such time.
long long seconds_of(const std::string& rfc3339) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  char dash = 0, tee = 0, colon = 0;
  std::istringstream in(rfc3339);
  in >> year >> dash >> month >> dash >> day >> tee >> hour >> colon >> minute >> colon >> second;
  if (!in) return 0;
  std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                   std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return 0;
  auto days = std::chrono::sys_days(date).time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(days).count() + hour * 3600LL + minute * 60LL + second;
}

}  // namespace

const json::object& object_at(const json::object& object, std::string_view key) {
  static const json::object none;
  auto* value = object.if_contains(key);
  return value && value->is_object() ? value->get_object() : none;
}

const json::array& array_at(const json::object& object, std::string_view key) {
  static const json::array none;
  auto* value = object.if_contains(key);
  return value && value->is_array() ? value->get_array() : none;
}

std::string string_at(const json::object& object, std::string_view key) {
  auto* value = object.if_contains(key);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

long long integer_at(const json::object& object, std::string_view key) {
  auto* value = object.if_contains(key);
  if (!value) return 0;
  boost::system::error_code problem;
  auto number = value->to_number<long long>(problem);
  return problem ? 0 : number;
}

bool bool_at(const json::object& object, std::string_view key) {
  auto* value = object.if_contains(key);
  return value && value->is_bool() && value->get_bool();
}

InstanceState state_named(std::string_view name) {
  if (name == "running") return InstanceState::running;
  if (name == "exited" || name == "stopped") return InstanceState::exited;
  if (name == "created" || name == "configured" || name == "initialized") return InstanceState::created;
  return InstanceState::other;
}

Instance instance_of(const json::object& inspected) {
  const auto& state = object_at(inspected, "State");
  const auto& network = object_at(inspected, "NetworkSettings");
  Instance out{.id = string_at(inspected, "Id"),
               .name = without_slash(string_at(inspected, "Name")),
               .state = state_named(string_at(state, "Status")),
               .image_id = without_algorithm(string_at(inspected, "Image")),
               .labels = labels_of(object_at(object_at(inspected, "Config"), "Labels")),
               .pid = static_cast<pid_t>(integer_at(state, "Pid")),
               .host_port = loopback_port(object_at(network, "Ports")),
               .address = address_of(object_at(network, "Networks")),
               .exit_code = static_cast<int>(integer_at(state, "ExitCode")),
               .oom_killed = bool_at(state, "OOMKilled")};
  if (out.state != InstanceState::running) out.pid = 0;
  return out;
}

Instance instance_of_listed(const json::object& listed) {
  auto names = strings_of(array_at(listed, "Names"));
  Instance out{.id = string_at(listed, "Id"),
               .name = names.empty() ? std::string() : without_slash(names.front()),
               .state = state_named(string_at(listed, "State")),
               .image_id = without_algorithm(string_at(listed, "ImageID")),
               .labels = labels_of(object_at(listed, "Labels")),
               .pid = static_cast<pid_t>(integer_at(listed, "Pid")),
               .exit_code = static_cast<int>(integer_at(listed, "ExitCode"))};
  if (out.state != InstanceState::running) out.pid = 0;
  for (const auto& port : array_at(listed, "Ports"))
    if (port.is_object() && string_at(port.get_object(), "host_ip") == "127.0.0.1" && out.host_port == 0)
      out.host_port = static_cast<int>(integer_at(port.get_object(), "host_port"));
  return out;
}

ImageInfo image_of(const json::object& inspected) {
  return {.id = without_algorithm(string_at(inspected, "Id")),
          .digest = string_at(inspected, "Digest"),
          .names = strings_of(array_at(inspected, "RepoTags")),
          .labels = labels_of(object_at(inspected, "Labels")),
          .size_bytes = integer_at(inspected, "Size"),
          .created_s = seconds_of(string_at(inspected, "Created"))};
}

ImageInfo image_of_listed(const json::object& listed) {
  return {.id = without_algorithm(string_at(listed, "Id")),
          .digest = string_at(listed, "Digest"),
          .names = strings_of(array_at(listed, "Names")),
          .labels = labels_of(object_at(listed, "Labels")),
          .size_bytes = integer_at(listed, "Size"),
          .created_s = integer_at(listed, "Created")};
}

std::string stop_signal_of(const json::object& inspected) {
  const auto& config = object_at(inspected, "Config");
  if (auto name = string_at(config, "StopSignal"); !name.empty()) return name;
  auto number = integer_at(config, "StopSignal");
  return std::to_string(number > 0 ? number : 15);
}

}  // namespace podwright::podman
