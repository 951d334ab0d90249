#include "net/reply.hh"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/beast/http/status.hpp>
#include <cerrno>

namespace podwright::net {

namespace {

bool is_header_safe(std::string_view text) {
  return std::ranges::none_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

std::string head(const Response& response, std::string_view framing, bool keep_alive) {
  auto reason = boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(static_cast<unsigned>(response.status)));
  auto out = fmt::format("HTTP/1.1 {} {}\r\n", response.status, std::string_view(reason.data(), reason.size()));
  if (!response.content_type.empty() && is_header_safe(response.content_type))
    out += fmt::format("Content-Type: {}\r\n", response.content_type);
  for (const auto& [key, value] : response.headers)
    if (is_header_safe(key) && is_header_safe(value)) out += fmt::format("{}: {}\r\n", key, value);
  return out + fmt::format("{}Connection: {}\r\n\r\n", framing, keep_alive ? "keep-alive" : "close");
}

bool send_chunk(Wire& wire, std::string_view chunk, bool chunked) {
  if (!chunked) return wire.send(chunk);
  return wire.send(fmt::format("{:x}\r\n{}\r\n", chunk.size(), chunk));
}

bool send_stream(Wire& wire, const Response& response, const ReplyForm& form, const std::stop_token& gone) {
  if (!wire.send(head(response, form.chunked ? "Transfer-Encoding: chunked\r\n" : "", form.keep_alive))) return false;
  std::string chunk;
  for (bool more = !form.head_only; more;) {
    if (gone.stop_requested()) return false;
    chunk.clear();
    more = response.stream(chunk);
    if (!chunk.empty() && !send_chunk(wire, chunk, form.chunked)) return false;
  }
  return (form.head_only || !form.chunked || wire.send("0\r\n\r\n")) && form.keep_alive;
}

}  // namespace

bool Wire::wait_writable() const {
  pollfd poll{socket_, POLLOUT, 0};
  return ::poll(&poll, 1, static_cast<int>(stall_.count())) > 0 && (poll.revents & (POLLERR | POLLHUP)) == 0;
}

bool Wire::send(std::string_view bytes) {
  while (!broken_ && !bytes.empty()) {
    auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0)
      bytes.remove_prefix(static_cast<size_t>(sent));
    else if (errno == EAGAIN)
      broken_ = !wait_writable();
    else if (errno != EINTR)
      broken_ = true;
  }
  return !broken_;
}

std::string serialize(const Response& response, const ReplyForm& form) {
  auto out = head(response, fmt::format("Content-Length: {}\r\n", response.body.size()), form.keep_alive);
  if (!form.head_only) out += response.body;
  return out;
}

bool send_response(Wire& wire, const Response& response, ReplyForm form, const std::stop_token& gone) {
  if (!response.stream) return wire.send(serialize(response, form)) && form.keep_alive;
  form.keep_alive = form.keep_alive && form.chunked;
  return send_stream(wire, response, form, gone);
}

}  // namespace podwright::net
