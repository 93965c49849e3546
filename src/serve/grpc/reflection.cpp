#include "serve/grpc/reflection.hpp"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <set>
#include <vector>

#include <grpc/health/v1/health.pb.h>
#include <grpc/reflection/v1/reflection.pb.h>
#include <grpc/reflection/v1alpha/reflection.pb.h>
#include <inference.pb.h>
#include "base/format.hpp"

namespace upkeep::serve {

namespace {

namespace pb = google::protobuf;
using grpc::reflection::v1::ServerReflectionRequest;
using grpc::reflection::v1::ServerReflectionResponse;

// The files whose services are offered, and what they import: nothing else of the program's messages is shown.
const std::vector<const pb::FileDescriptor*>& offered() {
  static const std::vector<const pb::FileDescriptor*> files{
      inference::ModelInferRequest::descriptor()->file(), inference::ModelConfig::descriptor()->file(),
      grpc::health::v1::HealthCheckRequest::descriptor()->file(), ServerReflectionRequest::descriptor()->file(),
      grpc::reflection::v1alpha::ServerReflectionRequest::descriptor()->file()};
  return files;
}

void add_file(const pb::FileDescriptor& file, std::set<const pb::FileDescriptor*>& added, ServerReflectionResponse& response) {
  if (!added.insert(&file).second) return;
  pb::FileDescriptorProto proto;
  file.CopyTo(&proto);
  response.mutable_file_descriptor_response()->add_file_descriptor_proto(proto.SerializeAsString());
  for (int i = 0; i < file.dependency_count(); ++i) add_file(*file.dependency(i), added, response);
}

const pb::FileDescriptor* file_named(const std::string& name) {
  for (const pb::FileDescriptor* file : offered())
    if (file->name() == name) return file;
  return nullptr;
}

const pb::FileDescriptor* file_with(const std::string& symbol) {
  const pb::FileDescriptor* const found = pb::DescriptorPool::generated_pool()->FindFileContainingSymbol(symbol);
  return found ? file_named(found->name()) : nullptr;
}

void fail(ServerReflectionResponse& response, GrpcCode code, std::string message) {
  response.mutable_error_response()->set_error_code(static_cast<int>(code));
  response.mutable_error_response()->set_error_message(std::move(message));
}

void give(const pb::FileDescriptor* file, const std::string& asked, ServerReflectionResponse& response) {
  std::set<const pb::FileDescriptor*> added;
  if (file) add_file(*file, added, response);
  else fail(response, GrpcCode::kNotFound, upkeep::format("there is nothing called \"{}\"", asked));
}

class Reflection : public GrpcMethod {
 public:
  explicit Reflection(const GrpcBackend& backend) : backend_(backend) {}
  void message(GrpcCall& call, std::string bytes) override {
    const Answer<Caller> admitted = backend_.admit(call.asker(), Role::kAny, "");
    const Answer<std::string> made = admitted ? reflect(bytes) : std::unexpected(admitted.error());
    if (!made) return call.finish(to_status(made.error()));
    call.send(call.reply().frame(*made));
  }
  void finish(GrpcCall& call) override { call.finish(GrpcStatus{}); }
  void tick(GrpcCall& call) override {
    if (backend_.context.draining) call.finish({.code = GrpcCode::kUnavailable, .message = "the server is shutting down"});
  }
  bool streams() const override { return true; }

 private:
  const GrpcBackend& backend_;
};

}  // namespace

Answer<std::string> reflect(const std::string& bytes) {
  ServerReflectionRequest request;
  if (!request.ParseFromString(bytes)) return refuse(RefusalCode::kInvalid, "the message is not a ServerReflectionRequest");
  ServerReflectionResponse response;
  response.set_valid_host(request.host());
  *response.mutable_original_request() = request;
  switch (request.message_request_case()) {
    case ServerReflectionRequest::kListServices:
      for (const pb::FileDescriptor* file : offered())
        for (int i = 0; i < file->service_count(); ++i)
          response.mutable_list_services_response()->add_service()->set_name(file->service(i)->full_name());
      break;
    case ServerReflectionRequest::kFileByFilename:
      give(file_named(request.file_by_filename()), request.file_by_filename(), response);
      break;
    case ServerReflectionRequest::kFileContainingSymbol:
      give(file_with(request.file_containing_symbol()), request.file_containing_symbol(), response);
      break;
    default: fail(response, GrpcCode::kNotFound, "the messages here have no extensions"); break;
  }
  return response.SerializeAsString();
}

std::unique_ptr<GrpcMethod> reflection_method(const GrpcBackend& backend) { return std::make_unique<Reflection>(backend); }

}  // namespace upkeep::serve
