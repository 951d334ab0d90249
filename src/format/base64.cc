#include "format/base64.hh"

#include <openssl/evp.h>

#include <algorithm>

namespace podwright {

namespace {

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

// EVP_DecodeBlock also takes spaces around and '=' in between.
bool is_base64(std::string_view text) {
  auto digits = text.substr(0, text.find('='));
  return text.size() % 4 == 0 && text.size() - digits.size() <= 2 &&
         text.find_first_not_of('=', digits.size()) == text.npos && std::ranges::all_of(digits, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
         });
}

}  // namespace

std::string to_base64(std::string_view bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  auto length = EVP_EncodeBlock(bytes_of(out), bytes_of(bytes), static_cast<int>(bytes.size()));
  out.resize(static_cast<size_t>(length));
  return out;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (!is_base64(text)) return std::nullopt;
  std::string out(text.size() / 4 * 3, '\0');
  auto length = EVP_DecodeBlock(bytes_of(out), bytes_of(text), static_cast<int>(text.size()));
  if (length < 0) return std::nullopt;
  auto padding = text.ends_with("==") ? 2U : text.ends_with('=') ? 1U : 0U;
  out.resize(static_cast<size_t>(length) - padding);
  return out;
}

}  // namespace podwright
