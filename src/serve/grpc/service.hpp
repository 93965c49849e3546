// gRPC over HTTP/2: which method a call is for, who makes it, and everything that ends a call before a method sees it.
#pragma once

#include <memory>

#include "serve/grpc/backend.hpp"

namespace upkeep::serve {

// For a head of which is_grpc() is true. Null: the call was refused. `backend` lives as long as the session.
std::unique_ptr<Http2Stream> open_grpc(const GrpcBackend& backend, Http2Session& session, std::int32_t stream, const Http2Head& head);

}  // namespace upkeep::serve
