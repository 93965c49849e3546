// One call of gRPC on a stream of HTTP/2: its metadata, its messages in both directions, how it ends. What the call does is a GrpcMethod's.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "serve/grpc/framing.hpp"
#include "serve/grpc/status.hpp"
#include "serve/http2/session.hpp"
#include "serve/protocol/caller.hpp"

namespace upkeep::serve {

class GrpcCall;

// Who makes a call, as its metadata and its connection say.
struct GrpcAsker {
  Caller caller;  // not named yet: that is done for each request, by what it is for
  std::string authorization, certificate;
};

// What answers a call. All of it happens in the session's steps.
class GrpcMethod {
 public:
  virtual ~GrpcMethod() = default;
  virtual void message(GrpcCall& call, std::string bytes) = 0;
  virtual void finish(GrpcCall& call) = 0;        // the client sends no more messages
  virtual bool full() const { return false; }     // no further message is taken now
  virtual void tick(GrpcCall&) {}                 // about once a second
  virtual bool streams() const { return false; }  // messages come and go as long as the client likes
};

// One request message, one answer.
class UnaryMethod : public GrpcMethod {
 public:
  void message(GrpcCall& call, std::string bytes) final;
  void finish(GrpcCall& call) final;

 protected:
  virtual void answer(GrpcCall& call, std::string request) = 0;

 private:
  std::optional<std::string> request_;
};

// What may be known and done on any thread while the call is answered, also when it is over.
class GrpcReply {
 public:
  // Runs in a step of the session, unless the call is over by then.
  void post(std::move_only_function<void(GrpcCall&)> step) const;
  std::string frame(std::string message) const;  // as GrpcCall::send() takes it; compressed as the call asks

 private:
  friend class GrpcCall;
  std::shared_ptr<Http2Owner> owner_;
  std::int32_t stream_ = 0;
  std::string encoding_;
};

class GrpcCall final : public Http2Stream {
 public:
  GrpcCall(Http2Session& session, std::int32_t stream, const Http2Head& head, std::size_t max_message_bytes,
           std::unique_ptr<GrpcMethod> method);
  ~GrpcCall() override;

  const GrpcAsker& asker() const { return asker_; }
  GrpcMethod& method() { return *method_; }
  GrpcReply reply() const;
  void send(std::string frame);
  void finish(const GrpcStatus& status);
  void take_more();  // full() may have become false
  // More is written than the client reads.
  bool crowded() const;

  // Http2Stream
  void receive(std::string_view bytes) override;
  void finish() override;
  void sent() override;
  void tick() override;
  bool patient() const override { return method_->streams(); }

 private:
  void respond();
  void pull(std::string_view fresh);
  void take_messages(std::string_view& rest);
  void tell_end();

  Http2Session& session_;
  const std::int32_t stream_;
  GrpcAsker asker_;
  std::shared_ptr<std::atomic<bool>> gone_ = std::make_shared<std::atomic<bool>>(false);
  std::string content_type_, encoding_;  // of the answers
  GrpcMessages messages_;
  std::unique_ptr<GrpcMethod> method_;
  std::string waiting_;        // bytes that came while the method was full
  std::size_t looked_at_ = 0;  // of waiting_
  bool pulling_ = false, whole_ = false, told_ = false, responded_ = false, finished_ = false;
};

inline constexpr std::string_view kGrpcType = "application/grpc";
bool is_grpc(const Http2Head& head);  // by its content type

// Ends a call before it has begun: headers alone.
void refuse_call(Http2Session& session, std::int32_t stream, const GrpcStatus& status);

// The encoding of answers: that of the client's messages, if it says that it can read it.
std::string answer_encoding(const Http2Head& head);

}  // namespace upkeep::serve
