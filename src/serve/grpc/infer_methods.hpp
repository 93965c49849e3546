// ModelInfer: one inference a call; and ModelStreamInfer: as many as the client sends, answered in their order, several at work at once.
#pragma once

#include <memory>

#include "serve/grpc/backend.hpp"
#include "serve/grpc/call.hpp"

namespace upkeep::serve {

std::unique_ptr<GrpcMethod> infer_method(const GrpcBackend& backend);

// `errors_as_status`: the first request that is refused ends the stream with its status (the metadata triton_grpc_error); else each refusal
// is an answer of its own.
std::unique_ptr<GrpcMethod> stream_infer_method(const GrpcBackend& backend, bool errors_as_status);

}  // namespace upkeep::serve
