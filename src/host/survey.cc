#include "host/survey.hh"

#include <charconv>

#include "base/text.hh"
#include "deploy/plan.hh"

namespace podwright::host {

namespace {

constexpr int kFirstPort = 20000;
constexpr int kPorts = 10000;

uint32_t fnv1a(std::string_view text) {
  uint32_t hash = 2166136261U;
  for (char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return hash;
}

}  // namespace

std::string InstalledUnit::instance() const {
  if (deploy::label_of(header.labels, kLabelReplica).empty()) return "";
  return file.substr(0, file.rfind('.'));
}

std::vector<InstalledUnit> read_survey(std::string_view printed, std::string_view installation) {
  std::vector<InstalledUnit> out;
  auto lines = split_lines(printed);
  for (size_t i = 0; i + 1 < lines.size(); i += 2) {
    auto words = split_words(lines[i]);
    auto header = units::read_header(lines[i + 1]);
    if (words.size() != 2 || !header || deploy::label_of(header->labels, kLabelInstallation) != installation) continue;
    out.push_back({std::string(words[1]), *std::move(header), std::string(words[0])});
  }
  return out;
}

std::set<int> read_taken_ports(std::string_view proc_net_tcp) {
  std::set<int> ports;
  for (auto line : split_lines(proc_net_tcp)) {
    auto words = split_words(line);  // "0: 0100007F:1F90 00000000:0000 0A …"
    if (words.size() < 2) continue;
    auto colon = words[1].rfind(':');
    int port = 0;
    auto digits = colon == words[1].npos ? std::string_view() : words[1].substr(colon + 1);
    if (std::from_chars(digits.data(), digits.data() + digits.size(), port, 16).ec == std::errc{}) ports.insert(port);
  }
  return ports;
}

Result<int> choose_port(std::string_view instance, const std::set<int>& taken) {
  auto first = static_cast<int>(fnv1a(instance) % kPorts);
  for (int step = 0; step < kPorts; ++step)
    if (int port = kFirstPort + (first + step) % kPorts; !taken.contains(port)) return port;
  return fail(ErrorCode::exhausted, "no port between {} and {} is free there", kFirstPort, kFirstPort + kPorts - 1);
}

std::string secret_prefix(const Labels& labels) {
  std::string out = "pw";
  for (auto key : {kLabelInstallation, kLabelApp, kLabelEnvironment, kLabelRelease}) out += "-" + deploy::label_of(labels, key);
  return out + "-";
}

}  // namespace podwright::host
