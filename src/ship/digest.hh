// SHA-256 of what comes piece by piece.
#pragma once

#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>

namespace podwright::ship {

class Digest {
 public:
  Digest();
  void add(std::string_view bytes);
  std::string hex();  // 64 digits; once, at the end

 private:
  struct Freer {
    void operator()(EVP_MD_CTX* context) const { ::EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, Freer> context_;
};

}  // namespace podwright::ship
