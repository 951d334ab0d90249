#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "podman/frames.hh"

using namespace podwright;
using podman::FrameDecoder;

namespace {

std::string frame(char stream, std::string_view payload) {
  auto size = static_cast<uint32_t>(payload.size());
  std::string out{stream, 0, 0, 0};
  for (int shift : {24, 16, 8, 0}) out.push_back(static_cast<char>(size >> shift & 255));
  return out.append(payload);
}

}  // namespace

TEST_CASE("frames are decoded alike however the stream is cut") {
  const auto stream = frame(1, "hello\n") + frame(2, "") + frame(2, "oops\n") + frame(1, std::string(70000, 'x')) + frame(1, "end");
  for (size_t piece : {size_t{1}, size_t{3}, size_t{8}, size_t{4096}, stream.size()}) {
    CAPTURE(piece);
    std::string out, err;
    FrameDecoder decoder([&](int which, std::string_view bytes) { return (which == 1 ? out : err).append(bytes), true; });
    for (size_t at = 0; at < stream.size(); at += piece) REQUIRE(decoder.feed(std::string_view(stream).substr(at, piece)).value());
    CHECK(out == "hello\n" + std::string(70000, 'x') + "end");
    CHECK(err == "oops\n");
  }
}

TEST_CASE("the reader can stop, and what is no framed stream is an error instead of a guess") {
  int calls = 0;
  FrameDecoder stopping([&](int, std::string_view) { return ++calls, false; });
  CHECK(stopping.feed(frame(1, "a") + frame(1, "b")).value() == false);
  CHECK(calls == 1);
  FrameDecoder decoder([](int, std::string_view) { return true; });
  CHECK(decoder.feed("plain text that is not framed").error().code == ErrorCode::unavailable);
}
