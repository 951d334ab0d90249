// Recipes of the base images that are composed from Debian packages: every image is one layer on top of a parent, down
// to one root file system that all applications share. Pure: what to build and what to call it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hh"
#include "build/build.hh"

namespace podwright::build {

inline constexpr std::string_view kSuite = "trixie";
inline constexpr std::string_view kRelease = "13";

// The label whose value is the recipe's hash; an image with it is a base image of ours.
inline constexpr std::string_view kBaseLabel = "io.podwright.base";
// The label that tells how to make it again: the request, see to_text.
inline constexpr std::string_view kBaseRequestLabel = "io.podwright.base.request";

struct Recipe {
  BaseRequest request;
  std::optional<BaseRequest> parent;  // nothing: the root file system, made by mmdebstrap
  std::optional<BaseRequest> runtime_from;  // the build image whose exact runtime is copied
  std::string reference;              // localhost/podwright/base/<variant>:13-<12 hex of the hash>
  std::string containerfile;          // "" for the root; FROM already names the parent's reference
  std::vector<std::string> packages;  // the root's
};

// Error{invalid} for an unknown variant, version or a package name that is none.
Result<Recipe> recipe_for(const BaseRequest& request);

// The chain from the root to this request, root first.
Result<std::vector<Recipe>> recipe_chain(const BaseRequest& request);

// What Debian's own packages offer for a variant: "20" for node; "" when it has no version or no package.
std::string_view debian_version(std::string_view variant);

// A package of the npm registry that a recipe unpacks, as build arguments <name>_URL and <name>_SHA512.
struct Download {
  std::string name;
  std::string package;
  std::string version;  // "22" stands for its newest 22.x.y
};
std::vector<Download> downloads_of(const Recipe& recipe);

// "node@22 + libpq5 libvips42" and back.
std::string to_text(const BaseRequest& request);
BaseRequest request_from_text(std::string_view text);

}  // namespace podwright::build
