#include "ship/digest.hh"

#include <fmt/format.h>

namespace podwright::ship {

Digest::Digest() : context_(::EVP_MD_CTX_new()) {
  ::EVP_DigestInit_ex(context_.get(), ::EVP_sha256(), nullptr);
}

void Digest::add(std::string_view bytes) {
  ::EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size());
}

std::string Digest::hex() {
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  ::EVP_DigestFinal_ex(context_.get(), bytes, &size);
  std::string out;
  for (unsigned i = 0; i < size; ++i) out += fmt::format("{:02x}", bytes[i]);
  return out;
}

}  // namespace podwright::ship
