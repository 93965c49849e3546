#include "serve/grpc/infer_methods.hpp"

#include <deque>
#include <optional>
#include <utility>

#include "serve/grpc/infer_message.hpp"

namespace upkeep::serve {

namespace {

constexpr std::size_t kAtWork = 32;  // requests of one stream

// What became of one request.
struct InferReply {
  std::string id;
  Answer<std::string> message;  // a ModelInferResponse
};
using InferReplied = std::move_only_function<void(InferReply)>;

// Any thread afterwards; `replied` is called once, perhaps before this returns.
void start_inference(const GrpcBackend& backend, const std::string& bytes, const GrpcAsker& asker, InferReplied replied) {
  const Answer<InferMessage> message = parse_infer_message(bytes);
  if (!message) return replied({.id = {}, .message = std::unexpected(message.error())});
  const std::string& id = message->request.id();
  const auto refused = [&](const Refusal& refusal) { replied({.id = id, .message = std::unexpected(refusal)}); };
  const Answer<Caller> admitted = backend.admit(asker, Role::kInfer, message->request.model_name());
  if (!admitted) return refused(admitted.error());
  const Caller& caller = *admitted;
  const auto version = backend.context.engine.find(message->request.model_name(), message->request.model_version());
  if (!version) return refused(version.error());
  Answer<InferRequest> request = read_infer_message(*message, (*version)->inputs());
  if (!request) return refused(backend.context.inference.refused(**version, id, caller, std::move(request.error())));
  backend.context.inference.start(*version, std::move(*request), caller,
                                  [id, slot = caller.slot, replied = std::move(replied)](Answer<InferAnswer> answer) mutable {
                                    if (!answer)
                                      return replied({.id = std::move(id), .message = std::unexpected(std::move(answer.error()))});
                                    replied({.id = std::move(id), .message = write_infer_message(*answer)});
                                  });
}

class Counted {  // one request in flight
 public:
  explicit Counted(Telemetry& telemetry) : telemetry_(&telemetry) { telemetry.in_flight(1); }
  Counted(Counted&& other) noexcept : telemetry_(std::exchange(other.telemetry_, nullptr)) {}
  ~Counted() {
    if (telemetry_) telemetry_->in_flight(-1);
  }
  void end(const Answer<std::string>& message) const { telemetry_->request("infer", message ? 200 : http_status(message.error().code)); }

 private:
  Telemetry* telemetry_;
};

class Infer : public UnaryMethod {
 public:
  explicit Infer(const GrpcBackend& backend) : backend_(backend) {}

  void answer(GrpcCall& call, std::string bytes) override {
    start_inference(backend_, bytes, call.asker(),
                    [reply = call.reply(), counted = Counted(backend_.context.telemetry)](InferReply made) mutable {
                      counted.end(made.message);
                      if (made.message) made.message = reply.frame(std::move(*made.message));
                      reply.post([message = std::move(made.message)](GrpcCall& its) mutable {
                        if (!message) return its.finish(to_status(message.error()));
                        its.send(std::move(*message));
                        its.finish(GrpcStatus{});
                      });
                    });
  }

 private:
  const GrpcBackend& backend_;
};

class StreamInfer : public GrpcMethod {
 public:
  StreamInfer(const GrpcBackend& backend, bool errors_as_status) : backend_(backend), errors_as_status_(errors_as_status) {}

  void message(GrpcCall& call, std::string bytes) override {
    const std::uint64_t number = first_ + slots_.size();
    slots_.emplace_back();
    start_inference(backend_, bytes, call.asker(),
                    [number, as_status = errors_as_status_, reply = call.reply(),
                     counted = Counted(backend_.context.telemetry)](InferReply made) mutable {
                      counted.end(made.message);
                      Slot slot = slot_of(std::move(made), as_status, reply);
                      reply.post([number, slot = std::move(slot)](GrpcCall& its) mutable {
                        static_cast<StreamInfer&>(its.method()).fill(its, number, std::move(slot));
                      });
                    });
  }

  void finish(GrpcCall& call) override {
    ended_ = true;
    if (slots_.empty()) call.finish(GrpcStatus{});
  }

  void tick(GrpcCall& call) override {
    if (backend_.context.draining && slots_.empty())
      call.finish({.code = GrpcCode::kUnavailable, .message = "the server is shutting down"});
  }

  bool full() const override { return slots_.size() >= kAtWork; }
  bool streams() const override { return true; }

 private:
  struct Slot {
    bool made = false;
    std::string frame;
    std::optional<GrpcStatus> status;  // ends the stream
  };

  static Slot slot_of(InferReply made, bool errors_as_status, const GrpcReply& reply) {
    Slot slot{.made = true, .frame = {}, .status = {}};
    if (made.message) slot.frame = reply.frame(stream_message(std::move(*made.message)));
    else if (errors_as_status) slot.status = to_status(made.message.error());
    else slot.frame = reply.frame(stream_error(made.id, made.message.error().message));
    return slot;
  }

  void fill(GrpcCall& call, std::uint64_t number, Slot slot) {
    slots_[number - first_] = std::move(slot);
    while (!slots_.empty() && slots_.front().made) {
      const Slot done = std::move(slots_.front());
      slots_.pop_front();
      ++first_;
      if (done.status) return call.finish(*done.status);
      call.send(done.frame);
    }
    call.take_more();
    if (ended_ && slots_.empty()) call.finish(GrpcStatus{});
  }

  const GrpcBackend& backend_;
  const bool errors_as_status_;
  std::deque<Slot> slots_;   // of requests that are not answered, in their order
  std::uint64_t first_ = 0;  // number of the first of them
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<GrpcMethod> infer_method(const GrpcBackend& backend) { return std::make_unique<Infer>(backend); }

std::unique_ptr<GrpcMethod> stream_infer_method(const GrpcBackend& backend, bool errors_as_status) {
  return std::make_unique<StreamInfer>(backend, errors_as_status);
}

}  // namespace upkeep::serve
