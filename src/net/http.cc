#include "net/http.hh"

#include <sys/socket.h>
#include <sys/stat.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <cerrno>
#include <set>

#include "base/fd.hh"
#include "base/log.hh"
#include "base/thread_pool.hh"
#include "net/listener.hh"
#include "net/reply.hh"
#include "net/request.hh"

// The sessions are coroutines on one thread that reads requests and watches clients; a request's handler and the writing
// of its answer run on a worker thread, to which the socket belongs in that time. g++ 12 miscompiles braces, `?:` and
// temporary lambdas in an expression with co_await: objects are named first here.

namespace podwright::net {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

namespace {

using Stream = beast::basic_stream<asio::generic::stream_protocol>;
using Parser = http::request_parser<http::string_body>;

struct Connection {
  Connection(asio::io_context& io, int socket, int family, size_t buffer_limit)
      : stream(asio::generic::stream_protocol::socket(io, asio::generic::stream_protocol(family, 0), socket)),
        buffer(buffer_limit),
        answered(io) {}

  int socket() { return stream.socket().native_handle(); }

  Stream stream;
  beast::flat_buffer buffer;
  asio::steady_timer answered;           // cancelled when the worker gives the socket back
  std::optional<std::stop_source> gone;  // of the request at work; empty while reading
};

using ConnectionPtr = std::shared_ptr<Connection>;

// What reading came to: a request, a refusal to be sent, or neither (the client left or was too slow).
struct Incoming {
  std::optional<Request> request;
  std::optional<Response> refusal;
  ReplyForm form;
};

bool client_left(int socket) {
  char byte;
  auto got = ::recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
}

// Requests `gone` when the client closes. A client that sends its next request early is no longer watched: then the
// failing write tells.
void watch(const ConnectionPtr& connection) {
  auto on_readable = [connection, gone = *connection->gone](error_code problem) mutable {
    if (!problem && client_left(connection->socket())) gone.request_stop();
  };
  connection->stream.socket().async_wait(asio::socket_base::wait_read, std::move(on_readable));
}

Response refusal(const error_code& problem) {
  if (problem == http::error::body_limit) return error_answer(413, error(ErrorCode::invalid, "the request's body is too large"));
  if (problem == http::error::header_limit) return error_answer(431, error(ErrorCode::invalid, "the request's header is too large"));
  return error_answer(400, error(ErrorCode::invalid, "this is not an HTTP request that we understand: {}", problem.message()));
}

bool is_malformed(const error_code& problem) {
  static const auto& category = http::make_error_code(http::error::bad_method).category();
  return problem.category() == category && problem != http::error::end_of_stream && problem != http::error::partial_message;
}

Response run_handler(const Handler& handler, const Request& request) {
  try {
    return handler(request);
  } catch (const std::exception& problem) {
    log::error("{} {}: {}", request.method, request.path, problem.what());
    return error_answer(500, error(ErrorCode::internal, "an internal error, see the daemon's log"));
  }
}

bool send_guarded(Wire& wire, const Response& response, const ReplyForm& form, const Request& request) {
  try {
    return send_response(wire, response, form, request.gone);
  } catch (const std::exception& problem) {
    log::error("{} {}: {}", request.method, request.path, problem.what());
    return false;  // the missing end tells the client that the answer is not whole
  }
}

}  // namespace

class HttpServer::Engine {
 public:
  Engine(Fd listener, bool is_unix, std::filesystem::path path, Handler handler, HttpLimits limits)
      : listener_(io_), is_unix_(is_unix), path_(std::move(path)), handler_(std::move(handler)), limits_(limits),
        workers_(limits.handlers), linger_(io_) {
    if (!is_unix) port_ = local_port(listener.get());
    struct stat info {};
    if (is_unix && ::stat(path_.c_str(), &info) == 0) inode_ = info.st_ino;
    listener_.assign(listener.release());
    asio::co_spawn(io_, accept_all(), asio::detached);
    thread_ = std::thread([this] { io_.run(); });
  }

  int port() const { return port_; }

  void stop() {
    if (!thread_.joinable()) return;
    asio::post(io_, [this] { begin_stop(); });
    thread_.join();
    workers_.join();
    struct stat info {};
    if (is_unix_ && ::stat(path_.c_str(), &info) == 0 && info.st_ino == inode_) ::unlink(path_.c_str());
  }

 private:
  void begin_stop();
  void accept_waiting();
  void welcome(Fd socket);
  asio::awaitable<void> accept_all();
  asio::awaitable<void> session(ConnectionPtr connection);
  asio::awaitable<void> converse(ConnectionPtr connection);
  asio::awaitable<bool> exchange(ConnectionPtr connection);
  asio::awaitable<Incoming> read_request(ConnectionPtr connection);
  asio::awaitable<error_code> read_body(ConnectionPtr connection, Parser& parser);
  asio::awaitable<bool> answer(ConnectionPtr connection, Incoming incoming);
  asio::awaitable<bool> send_short(ConnectionPtr connection, std::string bytes);
  asio::awaitable<void> drain(ConnectionPtr connection);

  asio::io_context io_{1};
  asio::posix::stream_descriptor listener_;
  bool is_unix_;
  std::filesystem::path path_;
  ino_t inode_ = 0;
  int port_ = 0;
  Handler handler_;
  HttpLimits limits_;
  ThreadPool workers_;
  asio::steady_timer linger_;
  std::set<ConnectionPtr> connections_;  // touched by io_'s thread only
  bool stopping_ = false;
  std::thread thread_;
};

asio::awaitable<void> HttpServer::Engine::accept_all() {
  for (;;) {
    error_code problem;
    auto token = asio::redirect_error(asio::use_awaitable, problem);
    co_await listener_.async_wait(asio::posix::descriptor_base::wait_read, token);
    if (problem || stopping_) co_return;
    accept_waiting();
    if (errno == EAGAIN || errno == ECONNABORTED) continue;
    asio::steady_timer pause(io_, std::chrono::milliseconds(100));  // out of descriptors or memory
    co_await pause.async_wait(token);
  }
}

// Leaves errno as the accept that found nothing more set it.
void HttpServer::Engine::accept_waiting() {
  for (;;) {
    Fd socket(::accept4(listener_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket && errno == EINTR) continue;
    if (!socket) return;
    welcome(std::move(socket));
  }
}

void HttpServer::Engine::welcome(Fd socket) {
  std::optional<Response> refused;
  if (is_unix_ && !peer_is_ours(socket.get()))
    refused = error_answer(403, error(ErrorCode::denied, "this socket serves its owner and root only"));
  else if (connections_.size() >= limits_.connections)
    refused = error_answer(503, error(ErrorCode::unavailable, "too many connections are open"));
  if (refused) {
    Wire(socket.get(), Millis(0)).send(serialize(*refused, ReplyForm{.keep_alive = false}));
    return;
  }
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
  auto connection = std::make_shared<Connection>(io_, socket.release(), address.ss_family, limits_.header + (64 << 10));
  asio::co_spawn(io_, session(connection), asio::detached);
}

asio::awaitable<void> HttpServer::Engine::session(ConnectionPtr connection) {
  connections_.insert(connection);
  try {
    co_await converse(connection);
  } catch (const std::exception& problem) {
    log::error("a connection ended: {}", problem.what());
  }
  connection->stream.close();
  connections_.erase(connection);
  if (stopping_ && connections_.empty()) linger_.cancel();
}

asio::awaitable<void> HttpServer::Engine::converse(ConnectionPtr connection) {
  bool more = true;
  while (more && !stopping_) more = co_await exchange(connection);
}

asio::awaitable<bool> HttpServer::Engine::exchange(ConnectionPtr connection) {
  auto incoming = co_await read_request(connection);
  if (incoming.refusal) {
    incoming.form.keep_alive = false;
    auto bytes = serialize(*incoming.refusal, incoming.form);
    co_await send_short(connection, std::move(bytes));
    co_await drain(connection);
    co_return false;
  }
  if (!incoming.request) co_return false;
  co_return co_await answer(connection, std::move(incoming));
}

asio::awaitable<Incoming> HttpServer::Engine::read_request(ConnectionPtr connection) {
  Incoming incoming;
  Parser parser;
  parser.header_limit(static_cast<std::uint32_t>(limits_.header));
  parser.body_limit(limits_.body);
  error_code problem;
  auto token = asio::redirect_error(asio::use_awaitable, problem);
  auto& stream = connection->stream;
  if (connection->buffer.size() == 0) {
    stream.expires_after(limits_.idle);
    auto room = connection->buffer.prepare(4096);
    auto got = co_await stream.async_read_some(room, token);
    connection->buffer.commit(got);
    if (problem) co_return incoming;
  }
  stream.expires_after(limits_.head);
  co_await http::async_read_header(stream, connection->buffer, parser, token);
  if (!problem) problem = co_await read_body(connection, parser);
  if (is_malformed(problem)) incoming.refusal = refusal(problem);
  if (problem) co_return incoming;

  auto raw = parser.release();
  incoming.form.keep_alive = raw.keep_alive();
  incoming.form.chunked = raw.version() >= 11;
  incoming.form.head_only = raw.method() == http::verb::head;
  auto request = to_request(std::move(raw));
  if (request)
    incoming.request = std::move(*request);
  else
    incoming.refusal = error_answer(400, request.error());
  co_return incoming;
}

asio::awaitable<error_code> HttpServer::Engine::read_body(ConnectionPtr connection, Parser& parser) {
  error_code problem;
  auto token = asio::redirect_error(asio::use_awaitable, problem);
  connection->stream.expires_after(limits_.upload);
  if (beast::iequals(parser.get()[http::field::expect], "100-continue")) {
    static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    auto bytes = asio::buffer(go_on);
    co_await asio::async_write(connection->stream, bytes, token);
    if (problem) co_return problem;
  }
  co_await http::async_read(connection->stream, connection->buffer, parser, token);
  co_return problem;
}

// Hands the request to a worker and waits until it has sent the answer; meanwhile the client is watched.
asio::awaitable<bool> HttpServer::Engine::answer(ConnectionPtr connection, Incoming incoming) {
  auto form = incoming.form;
  auto request = std::make_shared<Request>(std::move(*incoming.request));
  auto reusable = std::make_shared<bool>(false);
  connection->gone.emplace();
  request->gone = connection->gone->get_token();
  connection->stream.expires_never();
  connection->answered.expires_at(asio::steady_timer::time_point::max());
  auto work = [this, connection, request, reusable, form]() mutable {
    Wire wire(connection->socket(), limits_.stall);
    *reusable = send_guarded(wire, run_handler(handler_, *request), form, *request);
    request.reset();
    asio::post(io_, [given_back = std::move(connection)] { given_back->answered.cancel(); });
  };
  if (!workers_.try_run(std::move(work))) {
    auto busy = error_answer(503, error(ErrorCode::unavailable, "too many requests are at work").with_hint("try again in a moment"));
    connection->gone.reset();
    auto bytes = serialize(busy, form);
    bool sent = co_await send_short(connection, std::move(bytes));
    co_return sent && form.keep_alive;
  }
  watch(connection);
  error_code ignored;
  auto token = asio::redirect_error(asio::use_awaitable, ignored);
  co_await connection->answered.async_wait(token);
  connection->gone.reset();
  connection->stream.cancel();  // the watch
  co_return *reusable;
}

asio::awaitable<bool> HttpServer::Engine::send_short(ConnectionPtr connection, std::string bytes) {
  error_code problem;
  auto token = asio::redirect_error(asio::use_awaitable, problem);
  connection->stream.expires_after(limits_.stall);
  auto buffer = asio::buffer(bytes);
  co_await asio::async_write(connection->stream, buffer, token);
  co_return !problem;
}

// Reads what a refused client goes on sending: closing at once would reset the connection and lose our answer.
asio::awaitable<void> HttpServer::Engine::drain(ConnectionPtr connection) {
  error_code problem;
  auto token = asio::redirect_error(asio::use_awaitable, problem);
  ::shutdown(connection->socket(), SHUT_WR);
  connection->stream.expires_after(std::chrono::seconds(2));
  connection->buffer.clear();
  auto room = connection->buffer.prepare(16 << 10);
  while (!problem && !stopping_) co_await connection->stream.async_read_some(room, token);
}

void HttpServer::Engine::begin_stop() {
  stopping_ = true;
  listener_.close();
  if (connections_.empty()) return;
  for (const auto& connection : connections_) {
    if (connection->gone)
      connection->gone->request_stop();
    else
      connection->stream.close();
  }
  linger_.expires_after(limits_.linger);
  linger_.async_wait([this](error_code problem) {
    if (problem) return;
    for (const auto& connection : connections_) ::shutdown(connection->socket(), SHUT_RDWR);
  });
}

HttpServer::HttpServer(std::unique_ptr<Engine> engine) : engine_(std::move(engine)) {}
HttpServer::~HttpServer() { stop(); }
int HttpServer::port() const { return engine_->port(); }
void HttpServer::stop() { engine_->stop(); }

Result<std::unique_ptr<HttpServer>> HttpServer::listen_unix(const std::filesystem::path& path, Handler handler, HttpLimits limits) {
  auto listener = TRY(bind_unix(path));
  return std::unique_ptr<HttpServer>(new HttpServer(std::make_unique<Engine>(std::move(listener), true, path, std::move(handler), limits)));
}

Result<std::unique_ptr<HttpServer>> HttpServer::listen_tcp(const std::string& address, int port, Handler handler, HttpLimits limits) {
  auto listener = TRY(bind_tcp(address, port));
  return std::unique_ptr<HttpServer>(
      new HttpServer(std::make_unique<Engine>(std::move(listener), false, std::filesystem::path(), std::move(handler), limits)));
}

}  // namespace podwright::net
