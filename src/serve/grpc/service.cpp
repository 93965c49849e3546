#include "serve/grpc/service.hpp"

#include <google/protobuf/stubs/logging.h>

#include "base/format.hpp"
#include "serve/grpc/call.hpp"
#include "serve/grpc/documents.hpp"
#include "serve/grpc/health.hpp"
#include "serve/grpc/infer_methods.hpp"
#include "serve/grpc/reflection.hpp"
#include "serve/grpc/timeout.hpp"
#include "serve/protocol/json_text.hpp"

namespace upkeep::serve {

namespace {

std::unique_ptr<GrpcMethod> find_method(const GrpcBackend& backend, const Http2Head& head) {
  const std::string_view path = head.path;
  constexpr std::string_view kInference = "/inference.GRPCInferenceService/";
  if (path.starts_with(kInference)) {
    const std::string_view rpc = path.substr(kInference.size());
    if (rpc == "ModelInfer") return infer_method(backend);
    if (rpc == "ModelStreamInfer") return stream_infer_method(backend, head.header("triton_grpc_error") == "true");
    return document_method(backend, rpc);
  }
  if (path == "/grpc.health.v1.Health/Check") return health_check_method(backend);
  if (path == "/grpc.health.v1.Health/Watch") return health_watch_method(backend);
  if (path == "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo" ||
      path == "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo")
    return reflection_method(backend);
  return nullptr;
}

// What of the headers is not a call that can be answered.
Answer<void> check_head(const Http2Head& head) {
  if (head.too_large) return refuse(RefusalCode::kTooLarge, "the metadata of the call is too large");
  if (head.method != "POST") return refuse(RefusalCode::kUnsupported, "a call is a POST");
  const std::string_view subtype = head.header("content-type").substr(kGrpcType.size());
  if (subtype.starts_with('+') && subtype.substr(0, subtype.find(';')) != "+proto")
    return refuse(RefusalCode::kUnsupported, "messages are protocol buffers: application/grpc or application/grpc+proto");
  const std::string_view encoding = head.header("grpc-encoding");
  if (!encoding.empty() && encoding != "identity" && encoding != "gzip" && encoding != "deflate")
    return refuse(RefusalCode::kUnsupported,
                  upkeep::format("grpc-encoding \"{}\" is not known (known: identity, deflate, gzip)", printable(encoding)));
  const std::string_view timeout = head.header("grpc-timeout");
  if (!timeout.empty() && !parse_grpc_timeout(timeout))
    return refuse(RefusalCode::kInvalid,
                  upkeep::format("grpc-timeout \"{}\" is not a number and one of H, M, S, m, u, n", printable(timeout)));
  return {};
}

}  // namespace

// Protobuf writes about every text that is not UTF-8 to the error stream; the refusal says it to whom it concerns.
[[maybe_unused]] static const bool protobuf_is_quiet = (google::protobuf::SetLogHandler(nullptr), true);

std::unique_ptr<Http2Stream> open_grpc(const GrpcBackend& backend, Http2Session& session, std::int32_t stream, const Http2Head& head) {
  const auto refused = [&](const Refusal& refusal) {
    refuse_call(session, stream, to_status(refusal));
    return nullptr;
  };
  if (const auto fine = check_head(head); !fine) return refused(fine.error());
  auto method = find_method(backend, head);
  if (!method)
    return refused({.code = RefusalCode::kUnsupported, .message = upkeep::format("there is no method {}", printable(head.path))});
  return std::make_unique<GrpcCall>(session, stream, head, backend.max_message_bytes, std::move(method));
}

}  // namespace upkeep::serve
