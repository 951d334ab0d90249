#include <boost/json.hpp>

#include "format/json.hh"
#include "model/host.hh"

namespace podwright {

namespace {

// Calls visit(key, member) for every fact: one list for both directions.
template <class Facts, class Visit>
void each_fact(Facts& facts, const Visit& visit) {
  visit("os", facts.os);
  visit("arch", facts.arch);
  visit("kernel", facts.kernel);
  visit("user", facts.user);
  visit("uid", facts.uid);
  visit("home", facts.home);
  visit("data_folder", facts.data_folder);
  visit("cpus", facts.cpus);
  visit("memory_bytes", facts.memory_bytes);
  visit("podman_version", facts.podman_version);
  visit("podman_problem", facts.podman_problem);
  visit("podman_socket", facts.podman_socket);
  visit("podman_socket_active", facts.podman_socket_active);
  visit("podman_socket_enabled", facts.podman_socket_enabled);
  visit("quadlet", facts.quadlet);
  visit("network_backend", facts.network_backend);
  visit("has_pasta", facts.has_pasta);
  visit("has_slirp4netns", facts.has_slirp4netns);
  visit("has_uidmap", facts.has_uidmap);
  visit("subuids", facts.subuids);
  visit("subgids", facts.subgids);
  visit("has_haproxy", facts.has_haproxy);
  visit("has_init", facts.has_init);
  visit("systemd_version", facts.systemd_version);
  visit("manager_state", facts.manager_state);
  visit("bus_socket", facts.bus_socket);
  visit("linger", facts.linger);
  visit("cgroup_version", facts.cgroup_version);
  visit("controllers", facts.controllers);
  visit("first_user_port", facts.first_user_port);
  visit("storage", facts.storage);
  visit("free_bytes", facts.free_bytes);
  visit("total_bytes", facts.total_bytes);
  visit("skew_ms", facts.skew_ms);
}

struct Reader {
  const boost::json::value& json;

  void operator()(std::string_view key, std::string& out) const { out = json::text_at(json, {key}); }
  void operator()(std::string_view key, bool& out) const { out = json::flag_at(json, {key}); }
  void operator()(std::string_view key, long long& out) const { out = json::integer_at(json, {key}).value_or(0); }
  void operator()(std::string_view key, int& out) const {
    out = static_cast<int>(json::integer_at(json, {key}).value_or(0));
  }
  void operator()(std::string_view key, std::vector<std::string>& out) const { out = json::texts_at(json, {key}); }
};

struct Writer {
  boost::json::object& json;

  template <class Value>
  void operator()(std::string_view key, const Value& value) const {
    json[key] = boost::json::value_from(value);
  }
};

}  // namespace

boost::json::object to_json(const HostFacts& facts) {
  boost::json::object out;
  each_fact(facts, Writer{out});
  return out;
}

HostFacts host_facts_from_json(const boost::json::object& json) {
  HostFacts facts;
  boost::json::value root(json);
  each_fact(facts, Reader{root});
  return facts;
}

boost::json::object to_json(const Host& host) {
  boost::json::object out{{"name", host.name}, {"destination", host.destination}};
  out["labels"] = boost::json::value_from(host.labels);
  out["host_key"] = host.host_key;
  out["fingerprint"] = fingerprint(host.host_key).value_or("");
  out["facts"] = host.facts ? boost::json::value(to_json(*host.facts)) : nullptr;
  out["checked_at"] = host.checked_at ? boost::json::value(to_iso8601(*host.checked_at)) : nullptr;
  out["added_at"] = to_iso8601(host.added_at);
  return out;
}

}  // namespace podwright
