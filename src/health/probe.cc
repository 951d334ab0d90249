#include "health/probe.hh"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <mutex>

#include "base/fd.hh"
#include "base/text.hh"

namespace podwright {

namespace {

using namespace std::chrono_literals;

constexpr size_t kMaxBody = 64 << 10;  // read, then the probe is over
constexpr size_t kShownBody = 80;
constexpr Millis kCloseWatch = 20ms;            // how soon a forwarding proxy closes when nobody listens behind it
constexpr Millis kForwardedCloseWatch = 500ms;  // the same, when the answer comes from another machine

struct Body {
  std::string start = {};
  size_t seen = 0;
};

size_t on_body(char* data, size_t, size_t size, void* to) {
  auto& body = *static_cast<Body*>(to);
  if (body.start.size() < kShownBody) body.start.append(data, std::min(size, kShownBody - body.start.size()));
  body.seen += size;
  return body.seen > kMaxBody ? 0 : size;
}

// The path as it was given; only what would end the request line is encoded.
std::string url_of(const HealthCheck& check, int port) {
  std::string out = fmt::format("http://127.0.0.1:{}", port);
  if (!check.path.starts_with('/')) out.push_back('/');
  for (char c : check.path) {
    auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7f || c == '#')
      out += fmt::format("%{:02X}", byte);
    else
      out.push_back(c);
  }
  return out;
}

bool is_good(const HealthCheck& check, long status) {
  return status >= 200 && status < (check.path_is_explicit ? 400 : 500);
}

std::string why_no_answer(CURLcode code, const HealthCheck& check) {
  switch (code) {
    case CURLE_COULDNT_CONNECT:
      return "connection refused";
    case CURLE_OPERATION_TIMEDOUT:
      return fmt::format("no answer within {} ms", check.timeout.count());
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
      return "the connection was accepted and closed without an answer";
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
      return "what listens does not speak HTTP";
    default:
      return printable(curl_easy_strerror(code));
  }
}

ProbeAnswer probe_http(const HealthCheck& check, const Endpoint& endpoint) {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  std::unique_ptr<CURL, void (*)(CURL*)> easy(curl_easy_init(), curl_easy_cleanup);
  std::unique_ptr<curl_slist, void (*)(curl_slist*)> headers(curl_slist_append(nullptr, "Host: localhost"),
                                                             curl_slist_free_all);
  Body body;
  auto url = url_of(check, endpoint.port);
  curl_easy_setopt(easy.get(), CURLOPT_URL, url.c_str());
  if (!endpoint.socket.empty()) curl_easy_setopt(easy.get(), CURLOPT_UNIX_SOCKET_PATH, endpoint.socket.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(easy.get(), CURLOPT_PROXY, "");
  curl_easy_setopt(easy.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy.get(), CURLOPT_USERAGENT, "podwright-probe");
  curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(easy.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(check.timeout.count()));
  curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &body);
  auto code = curl_easy_perform(easy.get());
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  bool endless_body = code == CURLE_OPERATION_TIMEDOUT && body.seen > 0;  // a stream: the answer itself was in time
  if (code != CURLE_OK && !(code == CURLE_WRITE_ERROR && body.seen > kMaxBody) && !endless_body)
    return {.healthy = false, .http_status = 0, .detail = why_no_answer(code, check)};
  auto shown = printable(trim(body.start));
  return {.healthy = is_good(check, status),
          .http_status = static_cast<int>(status),
          .detail = fmt::format("HTTP {}{}{}", status, shown.empty() ? "" : ": ", shown)};
}

// The address of an endpoint; its length is 0 when the socket's path is too long for one.
struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

Address address_of(const Endpoint& endpoint) {
  Address out;
  if (endpoint.socket.empty()) {
    auto& address = reinterpret_cast<sockaddr_in&>(out.storage);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<uint16_t>(endpoint.port));
    out.size = sizeof address;
    return out;
  }
  auto& address = reinterpret_cast<sockaddr_un&>(out.storage);
  if (endpoint.socket.size() >= sizeof address.sun_path) return out;
  address.sun_family = AF_UNIX;
  std::ranges::copy(endpoint.socket, address.sun_path);
  out.size = sizeof address;
  return out;
}

// Connected within the limit, or errno.
int connect_within(const Fd& fd, const Address& address, Millis limit) {
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.size) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  pollfd poll{fd.get(), POLLOUT, 0};
  if (::poll(&poll, 1, static_cast<int>(limit.count())) <= 0) return ETIMEDOUT;
  int problem = 0;
  socklen_t size = sizeof problem;
  ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &problem, &size);
  return problem;
}

// Whether the other side hangs up at once, as a forwarding proxy does when nobody listens behind it.
bool closes_at_once(const Fd& fd, Millis watch) {
  pollfd poll{fd.get(), POLLIN | POLLRDHUP, 0};
  if (::poll(&poll, 1, static_cast<int>(watch.count())) <= 0) return false;
  char byte = 0;
  return ::recv(fd.get(), &byte, 1, MSG_PEEK) <= 0;
}

ProbeAnswer probe_tcp(const HealthCheck& check, const Endpoint& endpoint) {
  auto address = address_of(endpoint);
  Fd fd(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return {.healthy = false, .http_status = 0, .detail = std::strerror(errno)};
  auto deadline = Deadline::in(check.timeout);
  if (int problem = connect_within(fd, address, deadline.left()); problem != 0)
    return {.healthy = false,
            .http_status = 0,
            .detail = problem == ECONNREFUSED ? "connection refused"
                      : problem == ETIMEDOUT  ? fmt::format("no connection within {} ms", check.timeout.count())
                                              : std::strerror(problem)};
  if (closes_at_once(fd, std::min(endpoint.socket.empty() ? kCloseWatch : kForwardedCloseWatch, deadline.left())))
    return {.healthy = false, .http_status = 0, .detail = "the connection was accepted and closed at once"};
  return {.healthy = true, .http_status = 0, .detail = "connected"};
}

}  // namespace

ProbeAnswer probe(const HealthCheck& check, const Endpoint& endpoint) {
  Stopwatch watch;
  auto answer = check.kind == ProbeKind::tcp ? probe_tcp(check, endpoint) : probe_http(check, endpoint);
  answer.took = watch.elapsed();
  return answer;
}

}  // namespace podwright
