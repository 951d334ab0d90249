#include "podman/client.hh"

#include <curl/curl.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdlib>
#include <mutex>

#include "base/clock.hh"
#include "base/synced.hh"
#include "base/text.hh"
#include "podman/api_error.hh"

namespace podwright::podman {

namespace {

constexpr size_t kMaxBody = 32 << 20;
constexpr size_t kMaxErrorBody = 64 << 10;
constexpr size_t kMaxIdle = 8;
constexpr long kUploadBuffer = 256 << 10;
constexpr Millis kConnectLimit = std::chrono::seconds(2);
constexpr Millis kFirstAnswerLimit = std::chrono::seconds(10);

template <auto free>
struct Freer {
  template <class T>
  void operator()(T* pointer) const { free(pointer); }
};
using Headers = std::unique_ptr<curl_slist, Freer<curl_slist_free_all>>;

// A connection that is kept alive: an easy handle inside a multi handle, because only the latter can be woken up.
struct Line {
  std::unique_ptr<CURL, Freer<curl_easy_cleanup>> easy{curl_easy_init()};
  std::unique_ptr<CURLM, Freer<curl_multi_cleanup>> multi{curl_multi_init()};
};

// What one call needs beside its request.
struct Ways {
  const BodySink* sink = nullptr;      // null: keep the answer's body
  const BodySource* source = nullptr;  // null: the body is in the request
  Millis stall = {};                   // of the source
  std::stop_token stop = {};
  std::string* version = nullptr;      // gets the service's
};

// What one transfer collects; the callbacks below fill it.
struct Transfer {
  CURL* easy = nullptr;
  const BodySink* sink = nullptr;
  const BodySource* source = nullptr;
  std::optional<Error> source_error = std::nullopt;
  std::optional<Deadline> deadline = std::nullopt;  // of an upload's next byte, then of its answer
  Millis stall = {};
  Millis answer_limit = {};
  std::string body = {};
  std::string version = {};
  bool ended_by_sink = false;
  bool too_large = false;

  long status() const {
    long code = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &code);
    return code;
  }
};

size_t on_body(char* data, size_t, size_t size, void* to) {
  auto& transfer = *static_cast<Transfer*>(to);
  if (transfer.sink && transfer.status() < 300) {
    transfer.ended_by_sink = !(*transfer.sink)(std::string_view(data, size));
    return transfer.ended_by_sink ? 0 : size;
  }
  auto bound = transfer.sink ? kMaxErrorBody : kMaxBody;
  transfer.too_large = transfer.body.size() + size > bound;
  if (transfer.too_large) return 0;
  transfer.body.append(data, size);
  return size;
}

size_t on_upload(char* into, size_t, size_t size, void* to) {
  auto& transfer = *static_cast<Transfer*>(to);
  auto given = (*transfer.source)(std::span(into, size));
  if (!given) {
    transfer.source_error = std::move(given).error();
    return CURL_READFUNC_ABORT;
  }
  transfer.deadline = Deadline::in(*given > 0 ? transfer.stall : transfer.answer_limit);
  return *given;
}

size_t on_header(char* data, size_t, size_t size, void* to) {
  constexpr std::string_view key = "libpod-api-version:";
  std::string_view line(data, size);
  if (to_lower(line.substr(0, key.size())) == key) static_cast<Transfer*>(to)->version = trim(line.substr(key.size()));
  return size;
}

std::string query_text(const Request& request) {
  std::string out;
  for (const auto& [key, value] : request.query)
    out.append(out.empty() ? "?" : "&").append(escaped(key)).append("=").append(escaped(value));
  return out;
}

std::string purpose(const Request& request) { return request.method + " " + printable(request.path); }

}  // namespace

struct Client::Impl {
  std::string socket;
  Synced<std::vector<Line>> idle{{}};
  Synced<std::string> prefix{{}};

  Line take() {
    auto lines = idle.lock();
    if (lines->empty()) return Line{};
    auto line = std::move(lines->back());
    lines->pop_back();
    return line;
  }

  void give_back(Line line) {
    auto lines = idle.lock();
    if (lines->size() < kMaxIdle) lines->push_back(std::move(line));
  }

  Error connect_error(CURLcode code) const {
    return error(ErrorCode::unavailable, "Podman does not answer on {}: {}", socket, curl_easy_strerror(code))
        .with_hint("is the Podman service running? podwright doctor tells more");
  }

  static Error timeout_error(const Request& request, const Ways& ways) {
    auto out = ways.source ? error(ErrorCode::timeout, "Podman took nothing of {} for {} ms, or did not answer it within {} ms",
                                   purpose(request), ways.stall.count(), request.limit.count())
                           : error(ErrorCode::timeout, "Podman did not answer {} within {} ms", purpose(request), request.limit.count());
    return std::move(out).with_hint("Podman may hang; podwright doctor tells more");
  }

  void set_up(CURL* easy, const Request& request, const std::string& url, Transfer& transfer, Headers& headers) const {
    curl_easy_reset(easy);
    curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, socket.c_str());
    curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");  // whatever http_proxy says
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(std::min(kConnectLimit, request.limit).count()));
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(request.limit.count()));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, &transfer);
    headers.reset(curl_slist_append(nullptr, "Expect:"));
    if (transfer.source) {
      set_up_upload(easy, request, transfer, headers);
    } else if (request.method == "POST" || request.method == "PUT") {
      curl_slist_append(headers.get(), ("Content-Type: " + request.content_type).c_str());
      curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
      curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    }
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.get());
  }

  static void set_up_upload(CURL* easy, const Request& request, Transfer& transfer, Headers& headers) {
    curl_slist_append(headers.get(), ("Content-Type: " + request.content_type).c_str());
    curl_slist_append(headers.get(), "Transfer-Encoding: chunked");
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_upload);
    curl_easy_setopt(easy, CURLOPT_READDATA, &transfer);
    curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, kUploadBuffer);
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);  // what was read of the source cannot be sent again
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 0L);
  }

  // Drives the transfer until it is done, its deadline passed, or stop was requested (nullopt then).
  static std::optional<CURLcode> drive(Line& line, const Transfer& transfer, std::stop_token stop) {
    std::stop_callback wake(stop, [&] { curl_multi_wakeup(line.multi.get()); });
    for (int running = 1;;) {
      curl_multi_perform(line.multi.get(), &running);
      int left = 0;
      while (auto* message = curl_multi_info_read(line.multi.get(), &left))
        if (message->msg == CURLMSG_DONE) return message->data.result;
      if (stop.stop_requested()) return std::nullopt;
      if (transfer.deadline && transfer.deadline->passed()) return CURLE_OPERATION_TIMEDOUT;
      curl_multi_poll(line.multi.get(), nullptr, 0, 1000, nullptr);
    }
  }

  Result<Response> perform(const Request& request, const std::string& url, const Ways& ways) {
    auto line = take();
    Transfer transfer{.easy = line.easy.get(), .sink = ways.sink, .source = ways.source, .stall = ways.stall, .answer_limit = request.limit};
    if (ways.source) transfer.deadline = Deadline::in(ways.stall);
    Headers headers;
    set_up(line.easy.get(), request, url, transfer, headers);
    curl_multi_add_handle(line.multi.get(), line.easy.get());
    auto code = drive(line, transfer, ways.stop);
    auto status = transfer.status();
    curl_multi_remove_handle(line.multi.get(), line.easy.get());
    if (!code) return fail(ErrorCode::cancelled, "{} was cancelled", purpose(request));
    if (transfer.source_error) return fail(std::move(*transfer.source_error));
    if (transfer.too_large) return fail(ErrorCode::exhausted, "Podman's answer to {} is too large", purpose(request));
    if (transfer.ended_by_sink) return Response{status, {}};
    if (*code == CURLE_OPERATION_TIMEDOUT) return fail(timeout_error(request, ways));
    if (*code != CURLE_OK) return fail(connect_error(*code));
    if (ways.version) *ways.version = transfer.version;
    give_back(std::move(line));
    return Response{status, std::move(transfer.body)};
  }

  // The API version that we ask for: 4.0.0 is understood by 4.x and 5.x and keeps the shapes of 4.x. Later majors may
  // drop it, so they are asked in their own.
  Result<std::string> base(Client& client) {
    if (auto known = *prefix.lock(); !known.empty()) return known;
    auto version = TRY(client.ping(kFirstAnswerLimit));
    int major = std::atoi(version.c_str());
    auto text = fmt::format("http://podman/v{}.0.0/libpod", major >= 6 ? major : 4);
    *prefix.lock() = text;
    return text;
  }
};

Client::Client(std::string socket_path) : impl_(std::make_unique<Impl>()) {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  impl_->socket = std::move(socket_path);
}
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

const std::string& Client::socket_path() const { return impl_->socket; }

Result<std::string> Client::ping(Millis limit) {
  std::string version;
  Request request{.path = "/_ping", .limit = limit};
  auto response = TRY(impl_->perform(request, "http://podman/_ping", {.version = &version}));
  if (response.status != 200) return fail(api_error(response.status, response.body, "a ping"));
  if (version.empty())
    return fail(error(ErrorCode::unavailable, "what answers on {} is not Podman", impl_->socket)
                    .with_hint("point to the socket of a Podman service, not of Docker"));
  return version;
}

Result<Response> Client::send(const Request& request) {
  auto url = TRY(impl_->base(*this)) + request.path + query_text(request);
  return impl_->perform(request, url, {});
}

Result<std::string> Client::call(const Request& request) {
  auto response = TRY(send(request));
  if (response.status >= 300 && response.status != 304)
    return fail(api_error(response.status, response.body, purpose(request)));
  return std::move(response.body);
}

Result<boost::json::value> Client::call_json(const Request& request) {
  auto body = TRY(call(request));
  boost::system::error_code problem;
  auto value = boost::json::parse(body, problem);
  if (problem) return fail(ErrorCode::unavailable, "Podman's answer to {} is not JSON: {}", purpose(request), problem.message());
  return value;
}

Status Client::stream(const Request& request, const BodySink& sink, std::stop_token stop) {
  auto url = TRY(impl_->base(*this)) + request.path + query_text(request);
  auto response = TRY(impl_->perform(request, url, {.sink = &sink, .stop = stop}));
  if (response.status >= 300) return fail(api_error(response.status, response.body, purpose(request)));
  return {};
}

Result<std::string> Client::upload(const Request& request, const BodySource& source, std::stop_token stop, Millis stall) {
  auto url = TRY(impl_->base(*this)) + request.path + query_text(request);
  auto response = TRY(impl_->perform(request, url, {.source = &source, .stall = stall, .stop = stop}));
  if (response.status >= 300) return fail(api_error(response.status, response.body, purpose(request)));
  return std::move(response.body);
}

std::string escaped(std::string_view text) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  std::string out;
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    bool unreserved = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                      std::string_view("-._~").contains(c);
    if (unreserved)
      out.push_back(c);
    else
      out.append({'%', hex[byte >> 4], hex[byte & 15]});
  }
  return out;
}

std::string json_filters(std::string_view key, const std::vector<std::string>& values) {
  boost::json::array list(values.begin(), values.end());
  return boost::json::serialize(boost::json::object{{key, std::move(list)}});
}

}  // namespace podwright::podman
