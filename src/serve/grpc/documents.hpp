// Methods of GRPCInferenceService that are documents of the table of endpoints: the request message becomes the endpoint's JSON request,
// its document becomes the response message, by protobuf's JSON mapping.
#pragma once

#include <memory>
#include <string_view>

#include "serve/grpc/backend.hpp"
#include "serve/grpc/call.hpp"

namespace upkeep::serve {

// Null: the service has no such method, or no endpoint answers it.
std::unique_ptr<GrpcMethod> document_method(const GrpcBackend& backend, std::string_view rpc);

// What a method reads, as its endpoint sees it.
struct DocumentRequest {
  std::string model, version;
  Json body;
};
Answer<DocumentRequest> read_document_request(std::string_view rpc, const std::string& bytes);
// The response message's bytes. `field` as in Endpoint::rpc_field.
Answer<std::string> write_document(std::string_view rpc, const std::string& field, const Json& document);

}  // namespace upkeep::serve
