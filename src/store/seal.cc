#include "store/seal.hh"

#include <sodium.h>

#include <algorithm>

#include "base/fs.hh"

namespace podwright {

namespace {

static_assert(crypto_secretbox_KEYBYTES == 32);
constexpr auto kVariant = sodium_base64_VARIANT_ORIGINAL;

std::string encode(std::string_view bytes) {
  std::string out(sodium_base64_ENCODED_LEN(bytes.size(), kVariant), '\0');
  sodium_bin2base64(out.data(), out.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), kVariant);
  out.pop_back();  // the terminator
  return out;
}

Result<std::string> decode(std::string_view text) {
  std::string out(text.size(), '\0');
  size_t length = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(out.data()), out.size(), text.data(), text.size(), nullptr, &length,
                        nullptr, kVariant) != 0)
    return fail(ErrorCode::failed, "a sealed value in the database is damaged");
  out.resize(length);
  return out;
}

unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

}  // namespace

Result<Seal> Seal::open(const std::filesystem::path& key_file) {
  if (sodium_init() < 0) return fail(ErrorCode::internal, "libsodium cannot be initialised");
  Seal seal;
  auto key = read_file(key_file, 64);
  if (!key && key.error().code != ErrorCode::not_found) return fail(key.error());
  if (!key) {
    key = std::string(seal.key_.size(), '\0');
    randombytes_buf(key->data(), key->size());
    TRY(write_file(key_file, *key, 0600));
  }
  if (key->size() != seal.key_.size())
    return fail(error(ErrorCode::failed, "the key file does not hold {} bytes", seal.key_.size()).at(key_file.native()));
  std::ranges::copy(*key, reinterpret_cast<char*>(seal.key_.data()));
  return seal;
}

std::string Seal::close(std::string_view plain) const {
  std::string out(crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + plain.size(), '\0');
  randombytes_buf(out.data(), crypto_secretbox_NONCEBYTES);
  crypto_secretbox_easy(bytes(out) + crypto_secretbox_NONCEBYTES, bytes(plain), plain.size(), bytes(out), key_.data());
  return encode(out);
}

Result<std::string> Seal::reveal(std::string_view sealed) const {
  auto box = TRY(decode(sealed));
  constexpr size_t overhead = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
  if (box.size() < overhead) return fail(ErrorCode::failed, "a sealed value in the database is damaged");
  std::string plain(box.size() - overhead, '\0');
  auto nonce = std::string_view(box).substr(0, crypto_secretbox_NONCEBYTES);
  auto text = std::string_view(box).substr(crypto_secretbox_NONCEBYTES);
  if (crypto_secretbox_open_easy(bytes(plain), bytes(text), text.size(), bytes(nonce), key_.data()) != 0)
    return fail(error(ErrorCode::failed, "a sealed value in the database cannot be opened with this key")
                    .with_hint("restore the key file that belongs to this database"));
  return plain;
}

}  // namespace podwright
