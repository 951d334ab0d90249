// Archives from outside, unpacked without trusting them.
#pragma once

#include <filesystem>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/result.hh"

namespace podwright::source {

struct ArchiveBounds {
  long long bytes = 4LL << 30;      // unpacked, all files together
  size_t entries = 200'000;
  long long ratio = 200;            // unpacked : packed, looked at from ratio_from bytes on
  long long ratio_from = 100LL << 20;
  int depth = 64;                   // folders in each other
};

// The path of an entry as we create it: relative, without "." parts. "" for the archive's own top ("./").
// Error{denied} for absolute paths, "..", parts longer than 255 bytes, NUL, and nesting beyond the bound. Pure.
Result<std::string> archive_path(std::string_view path, int depth);

// Unpacks tar (plain, gzip, zstd, xz, bzip2) or zip into `into`, which is created. Regular files, folders, and links that
// stay inside; anything else is Error{denied}. Owners, special bits and extended attributes are not taken over; times are.
// Answers the root of the source: the archive's single top folder, or `into`.
// Errors: not_found, invalid (no archive, damaged, encrypted), denied, exhausted (a bound or the disk), cancelled.
Result<std::filesystem::path> unpack(const std::filesystem::path& archive, const std::filesystem::path& into,
                                     const ArchiveBounds& bounds, std::stop_token stop);

}  // namespace podwright::source
