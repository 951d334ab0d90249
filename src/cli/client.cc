#include "cli/client.hh"

#include <curl/curl.h>

#include <boost/json.hpp>
#include <memory>
#include <vector>

#include "base/text.hh"
#include "cli/terminal.hh"
#include "format/error_json.hh"

namespace podwright::cli {

namespace json = boost::json;

namespace {

constexpr size_t kMaxAnswer = 64 << 20;
constexpr size_t kMaxLine = 1 << 20;

using Multi = std::unique_ptr<CURLM, decltype(&curl_multi_cleanup)>;

// One request in flight.
class Transfer {
 public:
  Transfer(const std::filesystem::path& socket, Stream& stream, const Headers& headers) : stream_(stream) {
    curl_easy_setopt(curl_.get(), CURLOPT_UNIX_SOCKET_PATH, socket.c_str());
    curl_easy_setopt(curl_.get(), CURLOPT_URL, ("http://podwright" + stream.path).c_str());
    curl_easy_setopt(curl_.get(), CURLOPT_CUSTOMREQUEST, stream.method.c_str());
    curl_easy_setopt(curl_.get(), CURLOPT_PROXY, "");
    curl_easy_setopt(curl_.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl_.get(), CURLOPT_CONNECTTIMEOUT_MS, 5000L);
    curl_easy_setopt(curl_.get(), CURLOPT_WRITEFUNCTION, &Transfer::on_data);
    curl_easy_setopt(curl_.get(), CURLOPT_WRITEDATA, this);
    if (!stream.body.empty()) {
      add_header("Content-Type: application/json");
      curl_easy_setopt(curl_.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(stream.body.size()));
      curl_easy_setopt(curl_.get(), CURLOPT_POSTFIELDS, stream.body.data());
    }
    add_header("Expect:");
    for (const auto& [key, value] : headers) add_header(key + ": " + value);
    curl_easy_setopt(curl_.get(), CURLOPT_HTTPHEADER, headers_.get());
  }

  CURL* handle() { return curl_.get(); }

  void finish(CURLcode code) {
    stream_.ended = true;
    if (status() >= 400)
      stream_.result = fail(error_from_body(refusal_, static_cast<int>(status())));
    else if (code != CURLE_OK)
      stream_.result = fail(error(ErrorCode::unavailable, "the daemon does not answer: {}", curl_easy_strerror(code))
                                .with_hint("'podwright doctor' tells more; the daemon's log is daemon.log in the state folder"));
  }

 private:
  static size_t on_data(char* data, size_t, size_t size, void* self) { return static_cast<Transfer*>(self)->take({data, size}); }

  size_t take(std::string_view chunk) {
    if (status() < 400)
      stream_.sink(chunk);
    else if (refusal_.size() < kMaxLine)
      refusal_ += chunk;
    return chunk.size();
  }

  long status() {
    long status = 0;
    curl_easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &status);
    return status;
  }

  void add_header(const std::string& line) { headers_.reset(curl_slist_append(headers_.release(), line.c_str())); }

  Stream& stream_;
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl_{curl_easy_init(), curl_easy_cleanup};
  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers_{nullptr, curl_slist_free_all};
  std::string refusal_;
};

void collect_finished(CURLM* multi, std::vector<std::unique_ptr<Transfer>>& transfers) {
  int left = 0;
  while (auto* message = curl_multi_info_read(multi, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    for (auto& transfer : transfers)
      if (transfer->handle() == message->easy_handle) transfer->finish(message->data.result);
  }
}

void run_all(const std::filesystem::path& socket, std::span<Stream> streams, const Headers& headers, const std::function<bool()>& tick) {
  Multi multi(curl_multi_init(), curl_multi_cleanup);
  std::vector<std::unique_ptr<Transfer>> transfers;
  for (auto& stream : streams) {
    transfers.push_back(std::make_unique<Transfer>(socket, stream, headers));
    curl_multi_add_handle(multi.get(), transfers.back()->handle());
  }
  int running = 1;
  while (running > 0 && curl_multi_perform(multi.get(), &running) == CURLM_OK) {
    collect_finished(multi.get(), transfers);
    if (!tick()) break;
    if (running > 0) curl_multi_poll(multi.get(), nullptr, 0, 100, nullptr);
  }
  for (auto& transfer : transfers) curl_multi_remove_handle(multi.get(), transfer->handle());
}

}  // namespace

Result<json::value> Client::request(std::string method, std::string path, std::string body, const Headers& headers, Millis limit) const {
  std::string answer;
  Stream stream{.path = path, .sink = [&](std::string_view chunk) { answer += chunk; }, .method = std::move(method), .body = std::move(body)};
  auto deadline = Deadline::in(limit);
  int interrupts_before = interrupts();
  run_all(socket_, {&stream, 1}, headers,
          [&] { return !deadline.passed() && answer.size() <= kMaxAnswer && interrupts() == interrupts_before; });
  if (interrupts() != interrupts_before) return fail(ErrorCode::cancelled, "interrupted");
  if (!stream.ended && deadline.passed()) return fail(ErrorCode::timeout, "the daemon did not answer {} in time", path);
  if (!stream.ended) return fail(ErrorCode::exhausted, "the daemon's answer is too large");
  TRY(stream.result);
  if (answer.empty()) return json::object{};
  boost::system::error_code problem;
  auto value = json::parse(answer, problem);
  if (problem) return fail(ErrorCode::internal, "the daemon's answer to {} is not JSON", path);
  return value;
}

Result<json::value> Client::get(const std::string& path, Millis limit) const { return request("GET", path, {}, {}, limit); }

Result<json::value> Client::post(const std::string& path, const json::value& body, const Headers& headers, Millis limit) const {
  return request("POST", path, json::serialize(body), headers, limit);
}

Result<json::value> Client::remove(const std::string& path, Millis limit) const { return request("DELETE", path, {}, {}, limit); }

void Client::follow(std::span<Stream> streams, const std::function<bool()>& tick) const { run_all(socket_, streams, {}, tick); }

std::string url_escape(std::string_view text) {
  std::string out;
  for (char c : text) {
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '~';
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::string with_query(std::string path, const std::map<std::string, std::string>& query) {
  char separator = '?';
  for (const auto& [key, value] : query) {
    if (value.empty()) continue;
    path += separator + key + "=" + url_escape(value);
    separator = '&';
  }
  return path;
}

void Lines::feed(std::string_view chunk) {
  for (;;) {
    auto end = chunk.find('\n');
    rest_ += chunk.substr(0, std::min(end, kMaxLine - std::min(kMaxLine, rest_.size())));
    if (end == chunk.npos) return;
    sink_(rest_);
    rest_.clear();
    chunk.remove_prefix(end + 1);
  }
}

void Lines::finish() {
  if (!rest_.empty()) sink_(rest_);
  rest_.clear();
}

}  // namespace podwright::cli
