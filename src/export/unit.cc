#include "export/unit.hh"

#include <boost/json.hpp>

#include "base/text.hh"
#include "format/json.hh"

namespace podwright::units {

namespace {

constexpr std::string_view kHeaderPrefix = "# podwright ";
constexpr int kHeaderFormat = 1;

bool is_quadlet_file(std::string_view name) {
  return name.ends_with(".container") || name.ends_with(".network") || name.ends_with(".volume");
}

}  // namespace

Result<PodmanVersion> parse_podman_version(std::string_view text) {
  auto parts = split(text.substr(0, text.find_first_of("-+~")), '.');
  auto number = [&](size_t at) {
    return at < parts.size() && parts[at].size() <= 4 ? parse_integer(parts[at]) : std::nullopt;
  };
  auto major = number(0), minor = number(1);
  if (major && minor && *major >= 0 && *minor >= 0)
    return PodmanVersion{static_cast<int>(*major), static_cast<int>(*minor)};
  return fail(error(ErrorCode::invalid, "'{}' is not a version of Podman", printable(text))
                  .with_hint("give it as `podman --version` prints it, for example 5.4.2"));
}

Result<Units> emit(const UnitSpec& spec, const UnitTarget& target) {
  return target.podman >= kFirstQuadlet ? quadlet_units(spec, target) : systemd_units(spec, target);
}

std::string file_folder(std::string_view file_name, bool rootful) {
  if (is_quadlet_file(file_name)) return rootful ? "/etc/containers/systemd" : ".config/containers/systemd";
  return rootful ? "/etc/systemd/system" : ".config/systemd/user";
}

std::string header_line(const UnitHeader& header) {
  boost::json::object labels;
  for (const auto& [key, value] : header.labels) labels[key] = value;
  boost::json::object out{{"format", kHeaderFormat}, {"labels", std::move(labels)}};
  if (header.host_port != 0) out["host_port"] = header.host_port;
  return std::string(kHeaderPrefix) + boost::json::serialize(out) + "\n";
}

std::optional<UnitHeader> read_header(std::string_view unit_text) {
  auto line = unit_text.substr(0, unit_text.find('\n'));
  if (!line.starts_with(kHeaderPrefix)) return std::nullopt;
  auto parsed = json::parse(line.substr(kHeaderPrefix.size()), "unit");
  if (!parsed || json::integer_at(*parsed, {"format"}) != kHeaderFormat) return std::nullopt;
  UnitHeader header{.labels = {}, .host_port = static_cast<int>(json::integer_at(*parsed, {"host_port"}).value_or(0))};
  for (auto& key : json::keys_at(*parsed, {"labels"}))
    header.labels.emplace(key, json::text_at(*parsed, {"labels", key}));
  return header;
}

}  // namespace podwright::units
