// What a Dockerfile says about the image that it makes: its last stage's port and command. The rest is left to the build.
#pragma once

#include <string>
#include <string_view>

#include "analyze/detector.hh"

namespace podwright::analyze {

struct ContainerfileFacts {
  std::string base;                    // of the last FROM
  std::string command;                 // ENTRYPOINT and CMD as shell text
  int command_line = 0;
  int port = 0;                        // the first EXPOSE
  int env_port = 0;                    // ENV PORT=…
  bool exposes_port_variable = false;  // EXPOSE $PORT
  int port_line = 0;
};

ContainerfileFacts read_containerfile(std::string_view text);

std::string_view containerfile_of(const Folder& folder);  // "Dockerfile", "Containerfile", or ""

void apply_containerfile_port(BuildPlan& plan, const Folder& folder, const ContainerfileFacts& facts,
                              std::string_view file);

}  // namespace podwright::analyze
