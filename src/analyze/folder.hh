// One folder of the tree as the detectors see it: its files by relative path, and their contents on demand.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analyze/analyze.hh"

namespace podwright::analyze {

class Folder {
 public:
  // `path` is relative to the source: "." for the whole. The tree must outlive the folder.
  Folder(const Tree& tree, std::string_view path);

  const Tree& tree() const { return *tree_; }
  const std::string& path() const { return path_; }   // "." or "apps/web"
  std::string name() const;                           // its last component; "" for the whole source

  // Every file below, relative to the folder, sorted; `direct` only those that lie in it.
  const std::vector<std::string_view>& files() const { return files_; }
  const std::vector<std::string_view>& direct() const { return direct_; }

  bool has(std::string_view file) const;              // "Gemfile", "config/application.rb"
  bool has_any_below(std::string_view folder) const;  // some file lies in that sub-folder
  std::string_view read(std::string_view file) const; // "" when missing
  std::string_view first_of(std::initializer_list<std::string_view> names) const;  // the first that exists, or ""

  // Files whose name ends so, shallow ones first; at most `limit`. Tests, examples and fixtures come last.
  std::vector<std::string_view> ending(std::initializer_list<std::string_view> suffixes, size_t limit = 300) const;
  std::string_view direct_ending(std::string_view suffix) const;  // the first file of the folder itself, or ""
  size_t count(std::initializer_list<std::string_view> suffixes) const;

  // A file's path relative to the source, for evidence and manifest_files.
  std::string in_source(std::string_view file) const;

  // The nearest folder, from this one upwards, that has the file: its path relative to the source, or "".
  std::string nearest_up(std::string_view file) const;

 private:
  const Tree* tree_;
  std::string path_;
  std::string prefix_;  // "" or "apps/web/"
  std::vector<std::string_view> files_;
  std::vector<std::string_view> direct_;
};

std::string_view file_name(std::string_view path);    // after the last '/'
std::string_view folder_of(std::string_view path);    // before it; "" when there is none
bool is_beside_the_point(std::string_view path);      // under test, spec, example, fixture, doc, … folders

}  // namespace podwright::analyze
