// grpc.reflection.v1 and v1alpha, which are alike but for their names: what services there are, and the descriptors of their files.
#pragma once

#include <memory>
#include <string>

#include "serve/grpc/backend.hpp"
#include "serve/grpc/call.hpp"

namespace upkeep::serve {

std::unique_ptr<GrpcMethod> reflection_method(const GrpcBackend& backend);

// One answer, as bytes. Refuses what is not a request.
Answer<std::string> reflect(const std::string& request);

}  // namespace upkeep::serve
