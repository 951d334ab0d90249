// The multiplexed stream of the logs and exec calls: an 8-byte header (stream number, three zero bytes, the payload's
// length as a big-endian 32-bit number), then the payload. Podman's and Docker's API documents describe it under attach.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

#include "base/result.hh"

namespace podwright::podman {

// Fed with the body as it comes, in pieces of any size; passes payload on without keeping it, so its memory is bounded.
class FrameDecoder {
 public:
  // stream: 1 is standard output, 2 standard error. Answers false to stop.
  using Payload = std::function<bool(int stream, std::string_view bytes)>;

  explicit FrameDecoder(Payload payload) : payload_(std::move(payload)) {}

  // Whether to go on: false when the callback stopped it. Error{unavailable} when this is not a framed stream.
  Result<bool> feed(std::string_view bytes);

 private:
  Payload payload_;
  std::array<unsigned char, 8> header_{};
  size_t header_size_ = 0;
  uint32_t left_ = 0;  // of the current payload
};

}  // namespace podwright::podman
