#include "serve/grpc/health.hpp"

#include <optional>
#include <utility>

#include <grpc/health/v1/health.pb.h>
#include "base/format.hpp"
#include "serve/protocol/json_text.hpp"

namespace upkeep::serve {

namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;
using Health = HealthCheckResponse::ServingStatus;

Health health_of(const GrpcBackend& backend, const std::string& service) {
  const bool whole = service.empty() || service == "inference.GRPCInferenceService" || service == "grpc.health.v1.Health";
  if (backend.context.draining) return HealthCheckResponse::NOT_SERVING;
  if (whole) return backend.context.engine.unready().empty() ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING;
  const auto version = backend.context.engine.find(service, "");
  if (version) return HealthCheckResponse::SERVING;
  return version.error().code == RefusalCode::kNotFound ? HealthCheckResponse::SERVICE_UNKNOWN : HealthCheckResponse::NOT_SERVING;
}

void send_health(GrpcCall& call, Health health) {
  HealthCheckResponse response;
  response.set_status(health);
  call.send(call.reply().frame(response.SerializeAsString()));
}

class HealthMethod : public GrpcMethod {
 public:
  HealthMethod(const GrpcBackend& backend, bool watches) : backend_(backend), watches_(watches) {}

  void message(GrpcCall& call, std::string bytes) override {
    HealthCheckRequest request;
    if (std::exchange(asked_, true) || !request.ParseFromString(bytes))
      return call.finish({.code = GrpcCode::kInvalidArgument, .message = "one HealthCheckRequest is expected"});
    service_ = request.service();
    const Health health = health_of(backend_, service_);
    if (!watches_ && health == HealthCheckResponse::SERVICE_UNKNOWN)
      return call.finish({.code = GrpcCode::kNotFound, .message = upkeep::format("there is no model \"{}\"", printable(service_))});
    send_health(call, health);
    told_ = health;
    if (!watches_) call.finish(GrpcStatus{});
  }

  void finish(GrpcCall& call) override {
    if (!asked_) call.finish({.code = GrpcCode::kInvalidArgument, .message = "the call has no message"});
  }

  void tick(GrpcCall& call) override {
    if (!told_) return;
    const Health health = health_of(backend_, service_);
    if (health != std::exchange(told_, health)) send_health(call, health);
    else if (backend_.context.draining) call.finish({.code = GrpcCode::kUnavailable, .message = "the server is shutting down"});
  }

  bool streams() const override { return watches_; }

 private:
  const GrpcBackend& backend_;
  const bool watches_;
  bool asked_ = false;
  std::string service_;
  std::optional<Health> told_;
};

}  // namespace

std::unique_ptr<GrpcMethod> health_check_method(const GrpcBackend& backend) { return std::make_unique<HealthMethod>(backend, false); }

std::unique_ptr<GrpcMethod> health_watch_method(const GrpcBackend& backend) { return std::make_unique<HealthMethod>(backend, true); }

}  // namespace upkeep::serve
