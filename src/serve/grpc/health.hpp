// grpc.health.v1: the server as a whole ("" or the name of the inference service), or one model by its name.
#pragma once

#include <memory>

#include "serve/grpc/backend.hpp"
#include "serve/grpc/call.hpp"

namespace upkeep::serve {

std::unique_ptr<GrpcMethod> health_check_method(const GrpcBackend& backend);
std::unique_ptr<GrpcMethod> health_watch_method(const GrpcBackend& backend);

}  // namespace upkeep::serve
