#include "serve/http2/plain.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>

#include "base/format.hpp"
#include "serve/http/target.hpp"

namespace upkeep::serve {

namespace {

// What an answer may need when the stream is gone already.
struct Exchange {
  Http2Head head;
  Target target;
  std::string body;
  std::shared_ptr<std::atomic<bool>> gone = std::make_shared<std::atomic<bool>>(false);
};

bool of_one_connection(std::string_view name) {  // RFC 9113, 8.2.2: HTTP/2 has no such fields
  return name == "connection" || name == "keep-alive" || name == "transfer-encoding" || name == "upgrade";
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

void send(Http2Session& session, std::int32_t stream, HttpResponse response, bool with_body) {
  Http2Headers headers{{"server", "upkeep/" UPKEEP_VERSION}};
  if (response.status != 204) {
    headers.emplace_back("content-type", response.content_type);
    headers.emplace_back("content-length", std::to_string(response.body.size()));
  }
  for (const auto& [name, value] : response.headers)
    if (std::string lower = lower_case(name); !of_one_connection(lower)) headers.emplace_back(std::move(lower), value);
  with_body = with_body && !response.body.empty();
  session.respond(stream, response.status, headers, with_body);
  session.write(stream, std::move(response.body));
  session.finish(stream);
}

void refuse_plain(Http2Session& session, std::int32_t stream, int status, std::string_view message) {
  send(session, stream, {.status = status, .body = upkeep::format(R"({{"error":"{}"}})", message)}, true);
}

// Carries the answer to the session, from any thread; without an answer the stream is reset.
class PlainReply {
 public:
  PlainReply(Http2Session& session, std::int32_t stream, std::shared_ptr<Exchange> exchange)
      : owner_(session.owner().shared_from_this()), stream_(stream), exchange_(std::move(exchange)) {}
  PlainReply(PlainReply&&) = default;
  ~PlainReply() {
    if (owner_) owner_->post([stream = stream_](Http2Session& session) { session.reset(stream, Http2Error::kInternal); });
  }

  void operator()(HttpResponse response) {
    const bool with_body = exchange_->head.method != "HEAD";
    std::exchange(owner_, nullptr)->post([stream = stream_, with_body, response = std::move(response)](Http2Session& session) mutable {
      send(session, stream, std::move(response), with_body);
    });
  }

 private:
  std::shared_ptr<Http2Owner> owner_;
  std::int32_t stream_;
  std::shared_ptr<Exchange> exchange_;  // which the handler's views look into
};

class PlainRequest : public Http2Stream {
 public:
  PlainRequest(const PlainHttp& http, Http2Session& session, std::int32_t stream, std::shared_ptr<Exchange> exchange)
      : http_(http), session_(session), stream_(stream), exchange_(std::move(exchange)) {}
  ~PlainRequest() override { exchange_->gone->store(true); }

  void receive(std::string_view bytes) override {
    session_.open_window(stream_, bytes.size());
    if (exchange_->body.size() + bytes.size() > http_.max_body_bytes)
      return refuse_plain(session_, stream_, 413, upkeep::format("the body is larger than {} bytes", http_.max_body_bytes));
    exchange_->body += bytes;
  }

  void finish() override {
    HttpRequest request{.method = exchange_->head.method, .path = exchange_->target.path(), .body = exchange_->body, .headers = {}};
    request.parts = exchange_->target.parts();
    request.query = exchange_->target.query();
    request.peer = &session_.owner().peer();
    if (!exchange_->head.authority.empty()) request.headers.emplace_back("host", exchange_->head.authority);
    for (const auto& [name, value] : exchange_->head.headers) request.headers.emplace_back(name, value);
    request.gone = exchange_->gone;
    http_.handler(request, PlainReply(session_, stream_, exchange_));
  }

 private:
  const PlainHttp& http_;
  Http2Session& session_;
  std::int32_t stream_;
  std::shared_ptr<Exchange> exchange_;
};

}  // namespace

std::unique_ptr<Http2Stream> open_plain(const PlainHttp& http, Http2Session& session, std::int32_t stream, Http2Head head) {
  if (head.too_large) {
    refuse_plain(session, stream, 431, "the headers are too large");
    return nullptr;
  }
  std::size_t length = 0;
  const std::string_view announced = head.header("content-length");
  std::from_chars(announced.data(), announced.data() + announced.size(), length);
  if (length > http.max_body_bytes) {
    refuse_plain(session, stream, 413, upkeep::format("the body is larger than {} bytes", http.max_body_bytes));
    return nullptr;
  }
  auto exchange = std::make_shared<Exchange>();
  exchange->head = std::move(head);
  if (!exchange->target.parse(exchange->head.path)) {
    refuse_plain(session, stream, 400, "the target of the request is no path, or an escape in it is broken");
    return nullptr;
  }
  if (equal_ignoring_case(exchange->head.header("expect"), "100-continue")) session.inform(stream, 100);
  return std::make_unique<PlainRequest>(http, session, stream, std::move(exchange));
}

}  // namespace upkeep::serve
