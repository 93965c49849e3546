#include "serve/http/connection.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>

#include <charconv>
#include <ctime>

#include "base/format.hpp"

namespace upkeep::serve {

using namespace std::chrono_literals;
namespace http = beast::http;
using Failure = boost::system::error_code;

static constexpr std::size_t kSmallRead = 8 << 10;   // an idle connection holds no more than this
static constexpr std::size_t kLargeRead = 64 << 10;  // while a body comes in
static constexpr std::size_t kLargeWrite = 1 << 20;

static HttpResponse plain_error(int status, std::string_view message) {
  return {.status = status, .body = upkeep::format(R"({{"error":"{}"}})", message)};
}

static int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool decode_path(std::string_view target, std::string& path) {
  path.clear();
  target = target.substr(0, target.find_first_of("?#"));
  for (std::size_t i = 0; i < target.size(); ++i) {
    if (target[i] != '%') {
      path += target[i];
      continue;
    }
    if (i + 2 >= target.size()) return false;
    const int high = hex_digit(target[i + 1]), low = hex_digit(target[i + 2]);
    if (high < 0 || low < 0) return false;
    path += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return true;
}

Connection::Connection(asio::ip::tcp::socket socket, Shared& shared) : socket_(std::move(socket)), shared_(shared) {
  shared_.connections.fetch_add(1);
}

Connection::~Connection() {
  const std::lock_guard lock(shared_.mutex);
  shared_.open.erase(this);
  shared_.connections.fetch_sub(1);
  shared_.ended.notify_all();
}

void Connection::start() {
  {
    const std::lock_guard lock(shared_.mutex);
    shared_.open.emplace(this, weak_from_this());
  }
  Failure failure;
  socket_.set_option(asio::ip::tcp::no_delay(true), failure);
  post(&Connection::next_request);
}

void Connection::post(void (Connection::*act)()) {
  asio::post(socket_.get_executor(), [self = shared_from_this(), act] { (self.get()->*act)(); });
}

void Connection::enter(Phase phase) {
  phase_ = phase;
  const auto now = std::chrono::steady_clock::now();
  switch (phase) {
    case Phase::kIdle: deadline_ = now + shared_.options.idle_timeout; break;
    case Phase::kHeader: deadline_ = now + shared_.options.header_timeout; break;
    case Phase::kBody:
    case Phase::kWriting: deadline_ = now + shared_.options.stall_timeout; break;
    case Phase::kAnswering: deadline_ = std::chrono::steady_clock::time_point::max(); break;  // the model has its own limit
    case Phase::kLingering: deadline_ = now + 2s; break;
  }
}

void Connection::next_request() {
  parser_.emplace();
  parser_->eager(true);
  parser_->header_limit(static_cast<std::uint32_t>(shared_.options.max_header_bytes));
  parser_->body_limit(shared_.options.max_body_bytes);
  continued_ = false;
  response_ = {};
  if (buffer_.size() == 0 && buffer_.capacity() > kSmallRead) buffer_ = {};
  enter(Phase::kIdle);
  if (buffer_.size() > 0) parse();  // the next one has come with the last one
  else read();
}

void Connection::read() {
  const std::size_t most = phase_ == Phase::kBody ? kLargeRead : kSmallRead;
  socket_.async_read_some(buffer_.prepare(most), [self = shared_from_this()](const Failure& failure, std::size_t count) {
    if (failure) return self->close();
    self->buffer_.commit(count);
    self->parse();
  });
}

void Connection::parse() {
  if (phase_ == Phase::kIdle) enter(Phase::kHeader);
  Failure failure;
  buffer_.consume(parser_->put(buffer_.data(), failure));
  if (failure == http::error::need_more) failure = {};
  if (failure) return refuse(failure);
  if (parser_->is_done()) return answer();
  if (parser_->is_header_done()) {
    enter(Phase::kBody);
    if (!continued_ && equal_ignoring_case(parser_->get()[http::field::expect], "100-continue")) {
      continued_ = true;
      static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
      asio::async_write(socket_, asio::buffer(kContinue), [self = shared_from_this()](const Failure& broken, std::size_t) {
        if (broken) return self->close();
        self->read();
      });
      return;
    }
  }
  read();
}

void Connection::refuse(const Failure& failure) {
  if (failure == http::error::body_limit)
    return send(plain_error(413, upkeep::format("the body is larger than {} bytes", shared_.options.max_body_bytes)), false, true);
  if (failure == http::error::header_limit)
    return send(plain_error(431, upkeep::format("the headers are larger than {} bytes", shared_.options.max_header_bytes)), false, true);
  send(plain_error(400, "not HTTP/1.1: " + failure.message()), false, true);
}

void Connection::answer() {
  enter(Phase::kAnswering);
  const auto& message = parser_->get();
  const bool keep_alive = message.keep_alive();
  request_.headers.clear();
  for (const auto& field : message) request_.headers.emplace_back(field.name_string(), field.value());
  if (!decode_path(message.target(), path_)) return send(plain_error(400, "the path has a broken percent escape"), keep_alive, true);
  const auto method = message.method_string();
  request_.method = {method.data(), method.size()};
  request_.path = path_;
  request_.body = message.body();
  request_.gone = gone_;
  const bool with_body = message.method() != http::verb::head;
  shared_.handler(request_, [self = shared_from_this(), keep_alive, with_body](HttpResponse response) mutable {
    Connection& one = *self;
    asio::dispatch(one.socket_.get_executor(), [self = std::move(self), keep_alive, with_body, response = std::move(response)]() mutable {
      self->send(std::move(response), keep_alive, with_body);
    });
  });
}

// The current time as RFC 9110 wants it, made once a second.
static const std::string& date() {
  thread_local std::string text;
  thread_local std::time_t made = 0;
  const std::time_t now = std::time(nullptr);
  if (now != made) {
    made = now;
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    char written[64];
    text.assign(written, std::strftime(written, sizeof(written), "%a, %d %b %Y %H:%M:%S GMT", &parts));
  }
  return text;
}

static void append(std::string& head, std::string_view name, std::string_view value) {
  ((head += name) += ": ") += value;
  head += "\r\n";
}

void Connection::send(HttpResponse response, bool keep_alive, bool with_body) {
  enter(Phase::kWriting);
  keep_alive = keep_alive && !shared_.closing.load(std::memory_order_relaxed);
  response_ = std::move(response);
  const std::string_view reason = http::obsolete_reason(http::int_to_status(static_cast<unsigned>(response_.status)));
  head_ = "HTTP/1.1 " + std::to_string(response_.status) + " ";
  (head_ += reason) += "\r\n";
  append(head_, "Server", "upkeep/" UPKEEP_VERSION);
  append(head_, "Date", date());
  if (response_.status != 204) {
    append(head_, "Content-Type", response_.content_type);
    append(head_, "Content-Length", std::to_string(response_.body.size()));
  }
  for (const auto& [name, value] : response_.headers) append(head_, name, value);
  if (!keep_alive) head_ += "Connection: close\r\n";
  else if (parser_->get().version() == 10) head_ += "Connection: keep-alive\r\n";
  head_ += "\r\n";
  const std::array<asio::const_buffer, 2> parts{asio::buffer(head_), asio::buffer(response_.body, with_body ? response_.body.size() : 0)};
  const auto self = shared_from_this();
  const auto progress = [self](const Failure& failure, std::size_t) -> std::size_t {
    self->enter(Phase::kWriting);
    return failure ? 0 : kLargeWrite;
  };
  asio::async_write(socket_, parts, progress, [self, keep_alive](const Failure& failure, std::size_t) {
    if (failure) return self->close();
    if (keep_alive) self->next_request();
    else self->linger();
  });
}

// Says that no more comes, and waits a moment for the client to have read it: closing at once with unread bytes of the client's in the
// socket would reset the connection and could take the answer with it.
void Connection::linger() {
  enter(Phase::kLingering);
  Failure failure;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, failure);
  if (failure) return close();
  discard();
}

void Connection::discard() {
  buffer_.clear();
  socket_.async_read_some(buffer_.prepare(kSmallRead), [self = shared_from_this()](const Failure& failure, std::size_t) {
    if (failure) return self->close();
    self->discard();
  });
}

void Connection::close() {
  Failure failure;
  socket_.close(failure);
}

void Connection::close_if_late() {
  if (std::chrono::steady_clock::now() > deadline_) close();
}

void Connection::close_if_idle() {
  Failure failure;
  if (phase_ == Phase::kIdle && socket_.available(failure) == 0) close();
}

}  // namespace upkeep::serve
