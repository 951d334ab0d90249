#include "podman/frames.hh"

#include <algorithm>

namespace podwright::podman {

Result<bool> FrameDecoder::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    if (left_ > 0) {
      auto part = bytes.substr(0, left_);
      left_ -= static_cast<uint32_t>(part.size());
      bytes.remove_prefix(part.size());
      if (!payload_(header_[0], part)) return false;
      continue;
    }
    header_[header_size_++] = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    if (header_size_ < header_.size()) continue;
    header_size_ = 0;
    if (header_[0] > 3 || header_[1] || header_[2] || header_[3])
      return fail(ErrorCode::unavailable, "Podman's stream has a frame of an unknown kind");
    left_ = uint32_t{header_[4]} << 24 | uint32_t{header_[5]} << 16 | uint32_t{header_[6]} << 8 | header_[7];
  }
  return true;
}

}  // namespace podwright::podman
