// Base images from a registry: the official image of a language where Debian's packages cannot meet a version.
#pragma once

#include <stop_token>
#include <string>
#include <string_view>

#include "base/result.hh"
#include "build/build.hh"
#include "build/build_process.hh"

namespace podwright::build {

// "docker.io/library/python:3.11-slim" for {"python", "3.11"}. Error{not_found} when no official image is known for the
// variant; Debian packages beyond it cannot be asked for. Pure.
Result<std::string> registry_reference(const BaseRequest& request);

// A choice of the registry provider, or the error of registry_reference. Pure.
Result<BaseChoice> registry_choice(std::string_view variant, std::string_view version, std::string_view reason);

// Pulls the image unless a digest of it is here already, and answers "name@sha256:…".
// Error{unavailable} with a hint when the registry does not answer.
Result<std::string> pull_pinned(const PodmanSettings& settings, const BaseRequest& request, const LineSink& on_line, std::stop_token stop);

}  // namespace podwright::build
