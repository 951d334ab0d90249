#include "contract/remote/lab.hh"

#include <cstdlib>

#include "base/text.hh"

namespace podwright::remote {

std::vector<LabHost> lab_hosts(const fs::path& scratch) {
  std::vector<LabHost> hosts{{.settings = {.name = "local", .destination = "local", .folder = scratch / "local"}}};
  const char* listed = std::getenv("PODWRIGHT_TEST_HOSTS");
  for (auto line : split_lines(listed ? listed : "")) {
    auto fields = split(line, '\t');
    hosts.push_back({.release = std::string(fields.at(0)),
                     .mode = std::string(fields.at(1)),
                     .settings = {.name = std::string(fields.at(2)),
                                  .destination = std::string(fields.at(2)),
                                  .host_key = std::string(fields.at(4)),
                                  .folder = scratch / std::string(fields.at(2)),
                                  .ssh_config = std::string(fields.at(5))}});
  }
  return hosts;
}

}  // namespace podwright::remote
