// Small steps that every language's detector takes while it drafts a plan.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "analyze/detector.hh"
#include "analyze/scan.hh"

namespace podwright::analyze {

// A candidate of this language, with `file` (may be empty) as the reason why.
Candidate draft(const Folder& folder, std::string_view language, RuntimeKind runtime, double score, std::string_view file);

// Adds those of the files that exist to manifest_files, once each.
void add_manifests(BuildPlan& plan, const Folder& folder, std::initializer_list<std::string_view> files);

void set_framework(BuildPlan& plan, const Folder& folder, std::string_view framework, std::string_view file, int line);

void set_start(BuildPlan& plan, const Folder& folder, std::string command, std::string_view file, int line, double weight);

// The framework's or tool's default, when nothing in the repository names a port.
void default_port(BuildPlan& plan, const Folder& folder, int port, bool honors_port, std::string_view file);

// The port in the source, else any read of $PORT, else `fallback` (0: it serves nothing).
void find_and_apply_port(BuildPlan& plan, const Folder& folder, std::span<const std::string_view> files,
                         std::span<const std::string_view> calls, int fallback);

// A word of shell text: quoted when it holds anything but letters, digits and ._/:=@%+,-
std::string shell_word(std::string_view word);

// A path below a folder that may be "": ("", "a") → "a", ("b", "a") → "b/a".
std::string joined(std::string_view folder, std::string_view file);

// The file's name without folder and without what follows its last dot.
std::string_view stem(std::string_view path);

}  // namespace podwright::analyze
