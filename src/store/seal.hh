// Seal: authenticated encryption of what must not lie in clear in the database (environment values, requests).
// XSalsa20-Poly1305 by libsodium; the key is a file of 32 random bytes beside the database, mode 0600.
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.hh"

namespace podwright {

class Seal {
 public:
  static Result<Seal> open(const std::filesystem::path& key_file);  // makes the key when there is none

  std::string close(std::string_view plain) const;        // base64 of nonce and box
  Result<std::string> reveal(std::string_view sealed) const;  // Error{failed} when it was changed or the key is another

 private:
  std::array<unsigned char, 32> key_{};
};

}  // namespace podwright
