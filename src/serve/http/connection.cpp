#include "serve/http/connection.hpp"

#include <boost/beast/http/status.hpp>

#include <array>
#include <ctime>

#include "base/format.hpp"

namespace upkeep::serve {

using namespace std::chrono_literals;

static constexpr std::size_t kSmallRead = 8 << 10;   // an idle connection holds no more than this
static constexpr std::size_t kLargeRead = 64 << 10;  // while a body comes in

static HttpResponse plain_error(int status, std::string_view message) {
  return {.status = status, .body = upkeep::format(R"({{"error":"{}"}})", message)};
}

Connection::Connection(std::shared_ptr<Stream> stream, std::shared_ptr<const HttpShared> shared)
    : stream_(std::move(stream)), shared_(std::move(shared)) {}

void Connection::start(std::string_view received) {
  inbox_.append(received);
  next_request();
}

void Connection::enter(Phase phase) {
  if (phase_ != phase) {
    phase_began_ = std::chrono::steady_clock::now();
    progress_ = 0;
    sent_before_ = stream_->sent_bytes();
  }
  phase_ = phase;
  const auto within = [&](std::chrono::seconds time) { deadline_ = std::chrono::steady_clock::now() + time; };
  switch (phase) {
    case Phase::kIdle: within(shared_->options.idle_timeout); break;
    case Phase::kHead: within(shared_->options.header_timeout); break;
    case Phase::kBody:
    case Phase::kWriting: within(shared_->options.stall_timeout); break;
    case Phase::kAnswering: deadline_ = Time::max(); break;  // the model has its own limit
    case Phase::kLingering: within(2s); break;
  }
}

void Connection::tick() {
  const Time now = std::chrono::steady_clock::now();
  if (phase_ == Phase::kWriting && stream_->sent_bytes() - sent_before_ != progress_) {
    progress_ = stream_->sent_bytes() - sent_before_;
    deadline_ = now + shared_->options.stall_timeout;
  }
  bool late = now > deadline_;
  if (phase_ == Phase::kBody || phase_ == Phase::kWriting) {  // a byte now and then is no progress
    const auto earned = std::chrono::seconds(progress_ / std::max<std::size_t>(1, shared_->options.min_bytes_per_s));
    late = late || now > phase_began_ + shared_->options.stall_timeout + earned;
  }
  if (late) stream_->close();
}

void Connection::close_if_idle() {
  if (phase_ == Phase::kIdle && inbox_.size() == 0 && !stream_->has_unread()) stream_->close();
}

void Connection::next_request() {
  head_text_.clear();
  finder_.reset();
  chunks_.reset();
  body_.clear();
  if (body_.capacity() > kLargeRead) body_.shrink_to_fit();
  response_ = {};
  stream_->set_busy(false);
  enter(Phase::kIdle);
  if (inbox_.size() > 0) read_more_of_head();  // the next one has come with the last one
  else if (ended_) stream_->close();
  else read();
}

// While an answer is made, one read is under way as well: it notices a client that leaves, or begins the next request.
void Connection::read() {
  if (std::exchange(reading_, true)) return;
  const std::size_t most = phase_ == Phase::kBody ? kLargeRead : kSmallRead;
  stream_->receive(inbox_.prepare(most), [self = shared_from_this()](std::size_t count) { self->received(count); });
}

void Connection::received(std::size_t count) {
  reading_ = false;
  if (count == 0) return ended();
  inbox_.commit(count);
  switch (phase_) {
    case Phase::kIdle:
    case Phase::kHead: return read_more_of_head();
    case Phase::kBody: return read_more_of_body();
    case Phase::kAnswering:
      if (inbox_.size() < kLargeRead) read();
      return;
    case Phase::kWriting: return;
    case Phase::kLingering: inbox_.consume(inbox_.size()); return read();
  }
}

// Of a client that has only ended its own side, too (a socket cannot tell the two apart): what was asked for is cancelled where that can
// still be done, and what was made of it is sent.
void Connection::ended() {
  ended_ = true;
  gone_->store(true, std::memory_order_relaxed);
  if (phase_ != Phase::kAnswering && phase_ != Phase::kWriting) stream_->close();
}

void Connection::read_more_of_head() {
  while (finder_.empty() && inbox_.bytes().starts_with("\r\n")) inbox_.consume(2);  // RFC 9112, 2.2: empty lines before a request
  if (phase_ == Phase::kIdle) enter(Phase::kHead);
  if (inbox_.size() == 0 || inbox_.bytes() == "\r") return ended_ ? stream_->close() : read();
  const auto size = finder_.find(inbox_.bytes());
  if (!size) return refuse(size.error());
  const std::size_t most = shared_->options.max_header_bytes;
  if (std::max(*size, *size == 0 ? inbox_.size() : 0) > most)
    return refuse({431, upkeep::format("the headers are larger than {} bytes", most)});
  if (*size > 0) begin_body(*size);
  else if (ended_) stream_->close();
  else read();
}

void Connection::begin_body(std::size_t head_size) {
  head_text_ = inbox_.bytes().substr(0, head_size);
  inbox_.consume(head_size);
  const auto read = read_head(head_text_, head_);
  if (!read) return refuse(read.error());
  const std::size_t most = shared_->options.max_body_bytes;
  if (head_.content_length > most) return refuse({413, upkeep::format("the body is larger than {} bytes", most)});
  if (head_.chunked) chunks_.emplace(most);
  enter(Phase::kBody);
  stream_->set_busy(true);
  read_more_of_body();
}

// True when the body is whole.
std::expected<bool, BadHead> Connection::take_body() {
  if (!chunks_) {
    const std::string_view came = inbox_.bytes().substr(0, head_.content_length - body_.size());
    body_ += came;
    inbox_.consume(came.size());
    return body_.size() == head_.content_length;
  }
  const auto used = chunks_->read(inbox_.bytes());
  if (!used) return std::unexpected(used.error());
  inbox_.consume(*used);
  if (!chunks_->done()) return false;
  body_ = chunks_->take_body();
  return true;
}

void Connection::read_more_of_body() {
  const std::size_t before = inbox_.size();
  const auto whole = take_body();
  if (!whole) return refuse(whole.error());
  if (*whole) return answer();
  if (ended_) return stream_->close();
  progress_ += before - inbox_.size();
  deadline_ = std::chrono::steady_clock::now() + shared_->options.stall_timeout;
  if (std::exchange(head_.wants_continue, false) && body_.empty()) return say_continue();
  read();
}

void Connection::say_continue() {
  static constexpr std::array<std::string_view, 1> kContinue{"HTTP/1.1 100 Continue\r\n\r\n"};
  stream_->send(kContinue, [self = shared_from_this()](bool whole) {
    if (whole) self->read();
    else self->stream_->close();
  });
}

void Connection::refuse(const BadHead& problem) { send(plain_error(problem.status, problem.message), false, true); }

// A request that nobody will answer any more ends its connection.
class Connection::OpenRequest {
 public:
  explicit OpenRequest(std::shared_ptr<Connection> of) : connection(std::move(of)) {}
  OpenRequest(OpenRequest&&) noexcept = default;
  OpenRequest& operator=(OpenRequest&&) = delete;
  ~OpenRequest() {
    if (!connection) return;
    Stream& stream = *connection->stream_;
    stream.post([self = std::move(connection)] { self->stream_->close(); });
  }
  std::shared_ptr<Connection> connection;
};

void Connection::answer() {
  enter(Phase::kAnswering);
  if (!target_.parse(head_.target)) return refuse({400, "the target of the request is no path, or an escape in it is broken"});
  if (!reading_) inbox_.release_above(kSmallRead);
  request_.method = head_.method;
  request_.path = target_.path();
  request_.parts = target_.parts();
  request_.query = target_.query();
  request_.body = body_;
  request_.headers = head_.headers;
  request_.gone = gone_;
  request_.peer = &stream_->peer();
  shared_->handler(request_, [open = OpenRequest(shared_from_this())](HttpResponse response) mutable {
    auto self = std::move(open.connection);
    Stream& stream = *self->stream_;
    stream.dispatch([self = std::move(self), response = std::move(response)]() mutable { self->respond(std::move(response)); });
  });
  if (phase_ == Phase::kAnswering && !ended_ && inbox_.size() < kLargeRead) read();
}

void Connection::respond(HttpResponse response) { send(std::move(response), head_.keep_alive, head_.method != "HEAD"); }

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

static std::string_view reason(int status) {
  if (status == 499) return "Client Closed Request";  // nginx's, for what a client did not wait for
  const auto known = boost::beast::http::int_to_status(static_cast<unsigned>(status));
  const auto text = boost::beast::http::obsolete_reason(known);
  return {text.data(), text.size()};
}

void Connection::write_head(bool keep_alive) {
  response_head_ = "HTTP/1.1 " + std::to_string(response_.status) + " ";
  (response_head_ += reason(response_.status)) += "\r\n";
  append(response_head_, "Server", "upkeep/" UPKEEP_VERSION);
  append(response_head_, "Date", date());
  if (response_.status != 204) {
    append(response_head_, "Content-Type", response_.content_type);
    append(response_head_, "Content-Length", std::to_string(response_.body.size()));
  }
  for (const auto& [name, value] : response_.headers) append(response_head_, name, value);
  if (!keep_alive) response_head_ += "Connection: close\r\n";
  else if (head_.http10) response_head_ += "Connection: keep-alive\r\n";
  response_head_ += "\r\n";
}

void Connection::send(HttpResponse response, bool keep_alive, bool with_body) {
  enter(Phase::kWriting);
  keep_alive = keep_alive && !ended_ && !stream_->winding_down();
  response_ = std::move(response);
  write_head(keep_alive);
  const std::array<std::string_view, 2> parts{response_head_, with_body ? std::string_view(response_.body) : std::string_view()};
  stream_->send(parts, [self = shared_from_this(), keep_alive](bool whole) {
    if (!whole) return self->stream_->close();
    if (keep_alive) self->next_request();
    else self->linger();
  });
}

// Says that no more comes, and waits a moment for the client to have read it: closing at once with unread bytes of the client's in the
// socket would reset the connection and could take the answer with it.
void Connection::linger() {
  if (ended_) return stream_->close();
  enter(Phase::kLingering);
  stream_->end();
  inbox_.consume(inbox_.size());
  read();
}

SessionMaker http1(const HttpOptions& options, HttpHandler handler) {
  return [shared = std::make_shared<const HttpShared>(HttpShared{options, std::move(handler)})](std::shared_ptr<Stream> stream) {
    return std::make_shared<Connection>(std::move(stream), shared);
  };
}

}  // namespace upkeep::serve
