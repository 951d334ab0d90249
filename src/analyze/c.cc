// C and C++: CMake, Meson, autotools, a Makefile, or sources that one compiler call builds.
#include <algorithm>
#include <array>

#include "analyze/draft.hh"
#include "base/text.hh"

namespace podwright::analyze {

namespace {

// The first argument of a command in CMake's or Meson's language; a variable is looked up where it is set.
std::string first_argument(std::string_view text, std::string_view command, size_t from = 0) {
  const std::string lower = to_lower(text);
  for (size_t at = find_word(lower, command, from); at != std::string::npos; at = find_word(lower, command, at + 1)) {
    size_t open = at + command.size();
    while (open < text.size() && text[open] == ' ') ++open;
    if (open >= text.size() || text[open] != '(') continue;
    std::string_view inside = trim(bracketed(text, open));
    while (!inside.empty() && (inside[0] == '\n' || inside[0] == '\r' || inside[0] == ' ')) inside.remove_prefix(1);
    std::string word(inside.substr(0, inside.find_first_of(" ,\n\r\t)")));
    if (word.starts_with('"') || word.starts_with('\'')) word = std::string(first_string(inside).value_or(""));
    if (!word.empty()) return word;
  }
  return "";
}

std::string cmake_name(std::string_view text, std::string name) {
  if (name.find("${") == std::string::npos) return name;
  const std::string project = first_argument(text, "project");
  name = replace_all(replace_all(std::move(name), "${PROJECT_NAME}", project), "${CMAKE_PROJECT_NAME}", project);
  const size_t open = name.find("${");
  if (open == std::string::npos) return name;
  const std::string variable = name.substr(open + 2, name.find('}') - open - 2);
  const size_t set = find_word(text, "set(" + variable);
  if (set == std::string_view::npos) return "";
  const auto words = split_words(text.substr(set + 4, text.find(')', set) - set - 4));
  return words.size() > 1 ? replace_all(std::move(name), "${" + variable + "}", replace_all(std::string(words[1]), "\"", "")) : "";
}

struct Executable {
  std::string name;
  std::string folder;  // of the CMakeLists.txt or meson.build that makes it
  std::string file;
  int line = 0;
};

std::optional<Executable> find_executable(const Folder& folder, std::string_view manifest, std::string_view command) {
  const std::string project_text(folder.read(manifest));
  std::string last(file_name(manifest));
  for (const auto file : folder.ending({last}, 100)) {
    if (file_name(file) != manifest || is_beside_the_point(file)) continue;
    const std::string text = without_comments(folder.read(file), true);
    std::string name = first_argument(text, command);
    if (command == "add_executable") {
      name = cmake_name(text, name);
      if (name.find("${") != std::string::npos || name.empty()) name = cmake_name(project_text, first_argument(text, command));
    }
    if (!name.empty()) return Executable{name, std::string(folder_of(file)), std::string(file), line_of(to_lower(text), command)};
  }
  return std::nullopt;
}

// The target that "make" leaves behind: of "-o NAME", or TARGET = NAME.
std::string make_target(std::string_view text) {
  for (const auto line : split_lines(text)) {
    for (const std::string_view variable : {"TARGET", "EXEC", "EXECUTABLE", "PROGRAM", "BIN", "NAME", "TARGET_EXEC", "OUT"}) {
      if (!line.starts_with(variable)) continue;
      const std::string_view rest = trim(line.substr(variable.size()));
      const size_t equals = rest.find('=');
      if (equals != std::string_view::npos && equals <= 2) {
        const std::string_view value = trim(rest.substr(equals + 1));
        if (!value.empty() && value.find('$') == std::string_view::npos && value.find(' ') == std::string_view::npos) return std::string(value);
      }
    }
  }
  for (const auto line : split_lines(text)) {
    const auto words = split_words(trim(line));
    for (size_t i = 0; i + 1 < words.size(); ++i) {
      if (words[i] == "-o" && words[i + 1].find('$') == std::string_view::npos && !words[i + 1].ends_with(".o")) return std::string(words[i + 1]);
    }
  }
  for (const auto line : split_lines(text)) {  // all: server
    if (!line.starts_with("all:")) continue;
    const auto words = split_words(line.substr(4));
    if (!words.empty() && words[0].find('$') == std::string_view::npos) return std::string(words[0]);
  }
  return "";
}

void by_compiler(BuildPlan& plan, const Folder& folder, bool cpp, std::string_view main) {
  std::vector<std::string> files;
  const std::string at(folder_of(main));
  const std::initializer_list<std::string_view> kinds_cpp = {".cpp", ".cc", ".cxx"}, kinds_c = {".c"};
  for (const auto file : folder.ending(cpp ? kinds_cpp : kinds_c, 200)) {
    if (folder_of(file) == at && !is_beside_the_point(file)) files.push_back(shell_word(file));
  }
  plan.build_command = std::string(cpp ? "g++ -O2 -std=c++20" : "gcc -O2") + " -o app " + join(files, " ") + (cpp ? " -pthread" : " -pthread -lm");
  plan.outputs = {"app"};
  set_start(plan, folder, "./app", main, line_of(folder.read(main), "main"), 0.7);
}

std::string_view source_with_main(const Folder& folder, const std::vector<std::string_view>& sources) {
  for (const auto file : sources) {
    const std::string_view text = folder.read(file);
    for (size_t at = find_word(text, "main"); at != std::string_view::npos; at = find_word(text, "main", at + 1)) {
      if (trim(text.substr(at + 4, 3)).starts_with('(') && !is_beside_the_point(file)) return file;
    }
  }
  return {};
}

}  // namespace

std::optional<Candidate> detect_c(const Folder& folder) {
  static constexpr std::array<std::string_view, 8> kCalls = {"htons", "listen", "port", "bind", "Port", "PORT", "addListener", "set_port"};
  auto sources = folder.ending({".cpp", ".cc", ".cxx", ".c"}, 400);
  const auto cpp_count = folder.count({".cpp", ".cc", ".cxx", ".hpp", ".hxx"});
  const bool cpp = cpp_count > 0 && cpp_count >= folder.count({".c"});
  const std::string_view manifest = folder.first_of({"CMakeLists.txt", "meson.build", "configure.ac", "Makefile", "makefile", "GNUmakefile"});
  const bool builds = manifest == "CMakeLists.txt" || manifest == "meson.build" || manifest == "configure.ac";
  if (sources.empty() && !builds) return std::nullopt;
  const std::string_view main = source_with_main(folder, sources);
  if (!builds && main.empty()) {
    const std::string_view library = folder.direct_ending(cpp ? (folder.direct_ending(".cc").empty() ? ".cpp" : ".cc") : ".c");
    if (library.empty()) return std::nullopt;
    Candidate made = draft(folder, cpp ? "cpp" : "c", RuntimeKind::binary, score::tooling + 0.02, library);
    made.plan.warnings.push_back("no main function was found: this is a library, or needs a Dockerfile to become an application");
    return made;
  }
  // Extensions of other languages are C too: without a build file of C's own only shallow sources count.
  const auto depth = main.empty() ? 9 : std::ranges::count(main, '/');
  if (!builds && depth > 1) return std::nullopt;
  const bool is_cpp = sources.empty() ? folder.read(manifest).find(" C)") == std::string_view::npos : cpp;
  const bool make = !manifest.empty() && !builds;
  Candidate made = draft(folder, is_cpp ? "cpp" : "c", RuntimeKind::binary,
                         builds ? score::application - 0.05 : make ? score::manifest - 0.05 : score::sources - 0.02, manifest.empty() ? main : manifest);
  BuildPlan& plan = made.plan;
  plan.run_packages = {"libstdc++6"};
  if (manifest == "CMakeLists.txt") {
    plan.package_manager = folder.has("conanfile.txt") || folder.has("conanfile.py") ? "conan" : folder.has("vcpkg.json") ? "vcpkg" : "cmake";
    plan.build_packages = {"cmake", "ninja-build"};
    plan.build_command = "cmake -S . -B build -G Ninja -DCMAKE_BUILD_TYPE=Release && cmake --build build";
    if (const auto found = find_executable(folder, manifest, "add_executable")) {
      const std::string output = joined("build", joined(found->folder, found->name));
      plan.name = found->name;
      plan.outputs = {output};
      set_start(plan, folder, "./" + shell_word(output), found->file, found->line, 0.7);
    } else {
      made.score = score::manifest - 0.1;
    }
  } else if (manifest == "meson.build") {
    plan.package_manager = "meson";
    plan.build_packages = {"meson", "ninja-build"};
    plan.build_command = "meson setup build --buildtype=release && meson compile -C build";
    if (const auto found = find_executable(folder, manifest, "executable")) {
      const std::string output = joined("build", joined(found->folder, found->name));
      plan.name = found->name;
      plan.outputs = {output};
      set_start(plan, folder, "./" + shell_word(output), found->file, found->line, 0.7);
    } else {
      made.score = score::manifest - 0.1;
    }
  } else if (manifest == "configure.ac") {
    plan.package_manager = "autotools";
    plan.build_packages = {"autoconf", "automake", "make"};
    plan.build_command = "autoreconf -fi && ./configure && make";
  } else if (make) {
    plan.package_manager = "make";
    plan.build_packages = {"make"};
    const std::string target = make_target(folder.read(manifest));
    if (target.empty()) {
      by_compiler(plan, folder, is_cpp, main);
    } else {
      plan.build_command = "make";
      plan.outputs = {target};
      set_start(plan, folder, "./" + shell_word(target), manifest, line_of(folder.read(manifest), target), 0.7);
    }
  } else {
    by_compiler(plan, folder, is_cpp, main);
  }
  const std::string_view text = folder.read(manifest);
  for (const auto& [library, port] : {std::pair<std::string_view, int>{"drogon", 8080}, {"crow", 18080}, {"oatpp", 8000}, {"pistache", 9080}, {"libmicrohttpd", 8888}, {"mongoose", 8000}}) {
    if (plan.framework.empty() && find_word(to_lower(text), library) != std::string::npos) set_framework(plan, folder, library, manifest, line_of(to_lower(text), library));
  }
  const bool network = std::ranges::any_of(sources, [&](std::string_view file) {
    const std::string_view code = folder.read(file);
    return code.find("htons") != std::string_view::npos || code.find("listen(") != std::string_view::npos || code.find("httplib") != std::string_view::npos ||
           code.find("acceptor") != std::string_view::npos || code.find("addListener") != std::string_view::npos || has_word(code, "crow") || code.find("getenv(\"PORT\")") != std::string_view::npos;
  });
  if (network) find_and_apply_port(plan, folder, sources, kCalls, 0);
  if (plan.port && builds) made.score = score::server - 0.05;
  return made;
}

}  // namespace podwright::analyze
