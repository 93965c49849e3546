#include "serve/grpc/call.hpp"

#include <utility>

#include "base/names.hpp"
#include "serve/grpc/timeout.hpp"
#include "serve/protocol/request_ids.hpp"

namespace upkeep::serve {

static constexpr std::size_t kCrowded = 1 << 20;
static constexpr std::string_view kAccepted = "identity,deflate,gzip";

bool is_grpc(const Http2Head& head) {
  const std::string_view type = head.header("content-type");
  if (!type.starts_with(kGrpcType)) return false;
  return type.size() == kGrpcType.size() || type[kGrpcType.size()] == '+' || type[kGrpcType.size()] == ';';
}

static Http2Headers trailers_of(const GrpcStatus& status) {
  Http2Headers trailers{{"grpc-status", std::to_string(static_cast<int>(status.code))}};
  if (!status.message.empty()) trailers.emplace_back("grpc-message", percent_encoded(status.message));
  if (status.retry_after_s > 0) trailers.emplace_back("grpc-retry-pushback-ms", std::to_string(status.retry_after_s * 1000));
  return trailers;
}

void refuse_call(Http2Session& session, std::int32_t stream, const GrpcStatus& status) {
  Http2Headers headers{{"content-type", "application/grpc"}, {"grpc-accept-encoding", std::string(kAccepted)}};
  for (auto& trailer : trailers_of(status)) headers.push_back(std::move(trailer));
  session.respond(stream, 200, headers, false);
}

std::string answer_encoding(const Http2Head& head) {
  const std::string_view used = head.header("grpc-encoding");
  if (used != "gzip" && used != "deflate") return {};
  for (const std::string& accepted : split(head.header("grpc-accept-encoding"), ','))
    if (trim(accepted) == used) return std::string(used);
  return {};
}

void UnaryMethod::message(GrpcCall& call, std::string bytes) {
  if (request_) return call.finish({.code = GrpcCode::kInvalidArgument, .message = "one message is expected, there are more"});
  request_ = std::move(bytes);
}

void UnaryMethod::finish(GrpcCall& call) {
  if (!request_) return call.finish({.code = GrpcCode::kInvalidArgument, .message = "the call has no message"});
  answer(call, std::move(*request_));
}

void GrpcReply::post(std::move_only_function<void(GrpcCall&)> step) const {
  owner_->post([stream = stream_, step = std::move(step)](Http2Session& session) mutable {
    if (Http2Stream* const call = session.find(stream)) step(static_cast<GrpcCall&>(*call));
  });
}

std::string GrpcReply::frame(std::string message) const { return grpc_frame(std::move(message), encoding_); }

// The encoding of the client's messages; "identity" is none.
static std::string message_encoding(const Http2Head& head) {
  const std::string_view encoding = head.header("grpc-encoding");
  return encoding == "identity" ? std::string() : std::string(encoding);
}

GrpcCall::GrpcCall(Http2Session& session, std::int32_t stream, const Http2Head& head, std::size_t max_message_bytes,
                   std::unique_ptr<GrpcMethod> method)
    : session_(session),
      stream_(stream),
      content_type_(head.header("content-type")),
      encoding_(answer_encoding(head)),
      messages_(message_encoding(head), max_message_bytes),
      method_(std::move(method)) {
  const Peer& peer = session.owner().peer();
  asker_.authorization = head.header("authorization");
  asker_.certificate = peer.certificate;
  Caller& caller = asker_.caller;
  caller.address = peer.address;
  caller.traceparent = head.header("traceparent");
  caller.request_id = request_id(head.header("x-request-id"), caller.traceparent);
  caller.gone = gone_;
  if (const auto timeout = parse_grpc_timeout(head.header("grpc-timeout"))) caller.deadline = std::chrono::steady_clock::now() + *timeout;
}

GrpcCall::~GrpcCall() { gone_->store(true); }

GrpcReply GrpcCall::reply() const {
  GrpcReply reply;
  reply.owner_ = session_.owner().shared_from_this();
  reply.stream_ = stream_;
  reply.encoding_ = encoding_;
  return reply;
}

void GrpcCall::respond() {
  if (std::exchange(responded_, true)) return;
  Http2Headers headers{{"content-type", content_type_}, {"grpc-accept-encoding", std::string(kAccepted)}};
  if (!encoding_.empty()) headers.emplace_back("grpc-encoding", encoding_);
  session_.respond(stream_, 200, headers, true);
}

void GrpcCall::send(std::string frame) {
  if (finished_) return;
  respond();
  session_.write(stream_, std::move(frame));
}

void GrpcCall::finish(const GrpcStatus& status) {
  if (std::exchange(finished_, true)) return;
  gone_->store(true);  // whatever still runs for it
  if (!responded_) return refuse_call(session_, stream_, status);
  session_.finish(stream_, trailers_of(status));
}

bool GrpcCall::crowded() const { return session_.unsent(stream_) > kCrowded; }

void GrpcCall::receive(std::string_view bytes) { pull(bytes); }

void GrpcCall::finish() {
  whole_ = true;
  pull({});
}

void GrpcCall::take_more() { pull({}); }

void GrpcCall::sent() { pull({}); }

void GrpcCall::tick() {
  if (asker_.caller.deadline && std::chrono::steady_clock::now() > *asker_.caller.deadline)
    return finish({.code = GrpcCode::kDeadlineExceeded, .message = "the deadline of the call has passed"});
  method_->tick(*this);
}

// Hands over whole messages while the method takes them. Bytes that were looked at make room for others.
void GrpcCall::pull(std::string_view fresh) {
  if (pulling_) return;  // the method has answered within message()
  pulling_ = true;
  const bool direct = waiting_.empty();
  if (!direct) waiting_ += fresh;
  std::string_view rest = direct ? fresh : std::string_view(waiting_).substr(looked_at_);
  const std::size_t before = rest.size();
  take_messages(rest);
  if (const std::size_t count = before - rest.size(); count > 0) {
    session_.open_window(stream_, count);
    if (method_->streams()) session_.release(stream_, count);
  }
  if (rest.empty()) waiting_.clear(), looked_at_ = 0;
  else if (direct) waiting_.assign(rest), looked_at_ = 0;
  else looked_at_ = waiting_.size() - rest.size();
  if (looked_at_ > waiting_.size() / 2) waiting_.erase(0, std::exchange(looked_at_, 0));
  pulling_ = false;
  if (whole_ && waiting_.empty()) tell_end();
}

void GrpcCall::take_messages(std::string_view& rest) {
  while (!finished_ && !rest.empty() && !method_->full() && !crowded()) {
    std::string message;
    const Answer<bool> whole = messages_.take(rest, message);
    if (!whole) finish(to_status(whole.error()));
    else if (*whole) method_->message(*this, std::move(message));
  }
}

void GrpcCall::tell_end() {
  if (finished_ || std::exchange(told_, true)) return;
  if (messages_.within_message()) return finish({.code = GrpcCode::kInternal, .message = "the last message is not whole"});
  method_->finish(*this);
}

}  // namespace upkeep::serve
