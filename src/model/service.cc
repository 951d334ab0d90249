#include "model/service.hh"

#include <boost/json.hpp>

#include "base/text.hh"

namespace podwright {

namespace json = boost::json;

namespace {

// JSON text is UTF-8, an environment value is any bytes: what is not UTF-8 is kept as {"hex": "…"}.
bool is_utf8(std::string_view text) {
  json::string_view bytes(text.data(), text.size());
  json::error_code problem;
  json::parse(json::serialize(json::value(bytes)), problem);
  return !problem;
}

std::string to_hex(std::string_view bytes) {
  std::string out;
  for (char byte : bytes) out += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return out;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

Result<std::string> from_hex(std::string_view text) {
  std::string out;
  if (text.size() % 2 != 0) return fail(ErrorCode::invalid, "an odd number of hexadecimal digits");
  for (size_t i = 0; i < text.size(); i += 2) {
    int high = hex_digit(text[i]);
    int low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) return fail(ErrorCode::invalid, "not hexadecimal");
    out += static_cast<char>(high * 16 + low);
  }
  return out;
}

json::value text_to_json(std::string_view text) {
  if (!is_utf8(text)) return json::object{{"hex", to_hex(text)}};
  return json::value(json::string_view(text.data(), text.size()));
}

json::array texts_to_json(const std::vector<std::string>& texts) {
  json::array out;
  for (const auto& text : texts) out.push_back(text_to_json(text));
  return out;
}

// Reads the members of one object; what is missing keeps the model's default, so that a store written by an older
// version still opens. The first wrong type is kept as the error.
class Reader {
 public:
  explicit Reader(const json::object& object) : object_(object) {}

  void read(std::string_view key, std::string& out) {
    if (const auto* value = find(key)) read_text(key, *value, out);
  }
  void read(std::string_view key, bool& out) {
    if (const auto* value = find(key)) value->is_bool() ? void(out = value->as_bool()) : wrong(key);
  }
  template <std::integral T>
  void read(std::string_view key, T& out) {
    const auto* value = find(key);
    if (!value) return;
    json::error_code problem;
    T number = value->to_number<T>(problem);
    problem ? wrong(key) : void(out = number);
  }
  void read(std::string_view key, Millis& out) {
    auto count = out.count();
    read(key, count);
    out = Millis(count);
  }
  void read(std::string_view key, std::vector<std::string>& out) {
    each(key, out, [&](const json::value& item, std::string& text) { read_text(key, item, text); });
  }
  void read(std::string_view key, std::map<std::string, std::string>& out) {
    const auto* value = find(key);
    if (!value) return;
    if (!value->is_object()) return wrong(key);
    for (const auto& [name, item] : value->as_object()) read_text(key, item, out[std::string(name)]);
  }
  // An object or an array of objects, read by a function (Reader&, T&).
  template <class T, class Read>
  void read_with(std::string_view key, T& out, const Read& read_one) {
    const auto* value = find(key);
    if (!value) return;
    if (!value->is_object()) return wrong(key);
    Reader inner(value->as_object());
    read_one(inner, out);
    if (!inner.error_.empty() && error_.empty()) error_ = fmt::format("{}.{}", key, inner.error_);
  }
  template <class T, class Read>
  void read_all(std::string_view key, std::vector<T>& out, const Read& read_one) {
    each(key, out, [&](const json::value& item, T& element) {
      if (!item.is_object()) return wrong(key);
      Reader inner(item.as_object());
      read_one(inner, element);
      if (!inner.error_.empty() && error_.empty()) error_ = fmt::format("{}.{}", key, inner.error_);
    });
  }
  void wrong(std::string_view key) {
    if (error_.empty()) error_ = key;
  }
  const std::string& error() const { return error_; }  // the path of the first wrong member; empty when all is well

 private:
  const json::value* find(std::string_view key) const { return object_.if_contains(json::string_view(key.data(), key.size())); }

  template <class T, class ReadItem>
  void each(std::string_view key, std::vector<T>& out, const ReadItem& read_item) {
    const auto* value = find(key);
    if (!value) return;
    if (!value->is_array()) return wrong(key);
    out.clear();
    for (const auto& item : value->as_array()) read_item(item, out.emplace_back());
  }

  void read_text(std::string_view key, const json::value& value, std::string& out) {
    if (value.is_string()) {
      out = std::string(value.as_string());
      return;
    }
    const auto* hex = value.is_object() ? value.as_object().if_contains("hex") : nullptr;
    auto bytes = hex && hex->is_string() ? from_hex(std::string(hex->as_string())) : Result<std::string>(fail(ErrorCode::invalid, "not text"));
    bytes ? void(out = *std::move(bytes)) : wrong(key);
  }

  const json::object& object_;
  std::string error_;
};

json::object health_to_json(const HealthCheck& health) {
  return {{"kind", name(health.kind)},
          {"path", text_to_json(health.path)},
          {"path_is_explicit", health.path_is_explicit},
          {"command", texts_to_json(health.command)},
          {"interval_ms", health.interval.count()},
          {"timeout_ms", health.timeout.count()},
          {"start_period_ms", health.start_period.count()},
          {"stability_ms", health.stability.count()},
          {"retries", health.retries},
          {"restart", health.restart}};
}

void read_health(Reader& in, HealthCheck& health) {
  std::string kind(name(health.kind));
  in.read("kind", kind);
  bool is_known = false;
  for (auto candidate : {ProbeKind::http, ProbeKind::tcp, ProbeKind::exec})
    if (kind == name(candidate)) health.kind = candidate, is_known = true;
  if (!is_known) in.wrong("kind");
  in.read("path", health.path);
  in.read("path_is_explicit", health.path_is_explicit);
  in.read("command", health.command);
  in.read("interval_ms", health.interval);
  in.read("timeout_ms", health.timeout);
  in.read("start_period_ms", health.start_period);
  in.read("stability_ms", health.stability);
  in.read("retries", health.retries);
  in.read("restart", health.restart);
}

json::object limits_to_json(const Limits& limits) {
  return {{"cpu_millis", limits.cpu_millis}, {"memory_bytes", limits.memory_bytes}, {"pids", limits.pids}, {"nofile", limits.nofile}};
}

void read_limits(Reader& in, Limits& limits) {
  in.read("cpu_millis", limits.cpu_millis);
  in.read("memory_bytes", limits.memory_bytes);
  in.read("pids", limits.pids);
  in.read("nofile", limits.nofile);
}

json::object privileges_to_json(const Privileges& privileges) {
  return {{"writable_root", privileges.writable_root},
          {"new_privileges", privileges.new_privileges},
          {"run_as_root", privileges.run_as_root},
          {"capabilities", texts_to_json(privileges.capabilities)}};
}

void read_privileges(Reader& in, Privileges& privileges) {
  in.read("writable_root", privileges.writable_root);
  in.read("new_privileges", privileges.new_privileges);
  in.read("run_as_root", privileges.run_as_root);
  in.read("capabilities", privileges.capabilities);
}

json::array volumes_to_json(const std::vector<Volume>& volumes) {
  json::array out;
  for (const auto& volume : volumes)
    out.push_back({{"name", text_to_json(volume.name)}, {"target", text_to_json(volume.target)}, {"read_only", volume.read_only}});
  return out;
}

void read_volume(Reader& in, Volume& volume) {
  in.read("name", volume.name);
  in.read("target", volume.target);
  in.read("read_only", volume.read_only);
}

}  // namespace

std::string_view name(ProbeKind kind) {
  switch (kind) {
    case ProbeKind::http: return "http";
    case ProbeKind::tcp: return "tcp";
    case ProbeKind::exec: return "exec";
  }
  return "unknown";
}

json::object to_json(const Service& service) {
  json::object env;
  for (const auto& [key, value] : service.env) env[key] = text_to_json(value);
  return {{"name", text_to_json(service.name)},
          {"image", text_to_json(service.image)},
          {"command", texts_to_json(service.command)},
          {"env", std::move(env)},
          {"secret_env", json::array(service.secret_env.begin(), service.secret_env.end())},
          {"port", service.port},
          {"replicas", service.replicas},
          {"health", health_to_json(service.health)},
          {"limits", limits_to_json(service.limits)},
          {"privileges", privileges_to_json(service.privileges)},
          {"volumes", volumes_to_json(service.volumes)},
          {"tmpfs", texts_to_json(service.tmpfs)},
          {"domains", texts_to_json(service.domains)},
          {"stop_timeout_ms", service.stop_timeout.count()},
          {"drain_timeout_ms", service.drain_timeout.count()}};
}

Result<Service> service_from_json(const json::object& object) {
  Service service;
  Reader in(object);
  in.read("name", service.name);
  in.read("image", service.image);
  in.read("command", service.command);
  in.read("env", service.env);
  std::vector<std::string> secret_env;
  in.read("secret_env", secret_env);
  service.secret_env = {secret_env.begin(), secret_env.end()};
  in.read("port", service.port);
  in.read("replicas", service.replicas);
  in.read_with("health", service.health, read_health);
  in.read_with("limits", service.limits, read_limits);
  in.read_with("privileges", service.privileges, read_privileges);
  in.read_all("volumes", service.volumes, read_volume);
  in.read("tmpfs", service.tmpfs);
  in.read("domains", service.domains);
  in.read("stop_timeout_ms", service.stop_timeout);
  in.read("drain_timeout_ms", service.drain_timeout);
  if (!in.error().empty()) return fail(ErrorCode::invalid, "a stored service has an unusable '{}'", printable(in.error()));
  return service;
}

}  // namespace podwright
