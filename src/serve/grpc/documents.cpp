#include "serve/grpc/documents.hpp"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <google/protobuf/util/json_util.h>

#include <charconv>

#include <inference.pb.h>
#include "base/format.hpp"

namespace upkeep::serve {

namespace {

namespace pb = google::protobuf;

const pb::MethodDescriptor* method_of(std::string_view rpc) {
  static const pb::ServiceDescriptor* const service =
      inference::ModelInferRequest::descriptor()->file()->FindServiceByName("GRPCInferenceService");
  return service->FindMethodByName(std::string(rpc));
}

std::unique_ptr<pb::Message> message_of(const pb::Descriptor& type) {
  return std::unique_ptr<pb::Message>(pb::MessageFactory::generated_factory()->GetPrototype(&type)->New());
}

// Messages that stand for a value of several types are the value itself in HTTP: {"string_param": "x"} is "x", {"value": ["x"]} is ["x"].
Json plain_value(const Json& wrapped) {
  if (!wrapped.is_object() || wrapped.size() != 1) return wrapped;
  const std::string& name = wrapped.begin().key();
  const Json& value = wrapped.begin().value();
  if (name == "value") return value;
  if (!name.ends_with("_param")) return wrapped;
  std::int64_t number = 0;  // 64 bits are text in protobuf's JSON
  if (name == "int64_param" && value.is_string()) {
    const std::string& text = value.get_ref<const std::string&>();
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
  }
  return value;
}

// And back, into the message that the map `field` holds.
Json wrapped_value(const pb::Descriptor& type, const Json& value) {
  if (type.FindFieldByName("value")) {
    Json list = value.is_array() ? value : Json::array({value});
    for (Json& item : list)
      if (!item.is_string()) item = item.dump();
    return {{"value", list}};
  }
  if (!type.FindFieldByName("string_param")) return value;
  return {{value.is_boolean() ? "bool_param" : value.is_number() ? "uint32_param" : "string_param", value}};
}

std::string take(Json& object, const char* key) {
  std::string text;
  if (const auto found = object.find(key); found != object.end()) {
    text = found->get<std::string>();
    object.erase(found);
  }
  return text;
}

class DocumentMethod : public UnaryMethod {
 public:
  DocumentMethod(const GrpcBackend& backend, const endpoints::Endpoint& endpoint) : backend_(backend), endpoint_(endpoint) {}

  void answer(GrpcCall& call, std::string bytes) override {
    if (!endpoint_.waits || !backend_.background) return deliver(call, made(backend_, endpoint_, bytes, call.asker()));
    backend_.background([&backend = backend_, &endpoint = endpoint_, bytes = std::move(bytes), asker = call.asker(), reply = call.reply()] {
      reply.post([response = made(backend, endpoint, bytes, asker)](GrpcCall& its) { deliver(its, response); });
    });
  }

 private:
  static Answer<std::string> made(const GrpcBackend& backend, const endpoints::Endpoint& endpoint, const std::string& bytes,
                                  const GrpcAsker& asker) {
    const Answer<DocumentRequest> request = read_document_request(endpoint.rpc, bytes);
    if (!request) return std::unexpected(request.error());
    Answer<Json> document = backend.document(endpoint, request->model, request->version, request->body, asker);
    // As Triton has it: a model that is not there is not ready.
    if (!document && document.error().code == RefusalCode::kNotFound && endpoint.rpc == "ModelReady") document = Json{{"ready", false}};
    if (!document) return std::unexpected(document.error());
    return write_document(endpoint.rpc, endpoint.rpc_field, *document);
  }

  static void deliver(GrpcCall& call, const Answer<std::string>& response) {
    if (!response) return call.finish(to_status(response.error()));
    call.send(call.reply().frame(*response));
    call.finish(GrpcStatus{});
  }

  const GrpcBackend& backend_;
  const endpoints::Endpoint& endpoint_;
};

}  // namespace

Answer<DocumentRequest> read_document_request(std::string_view rpc, const std::string& bytes) {
  const pb::Descriptor& type = *method_of(rpc)->input_type();
  const auto message = message_of(type);
  if (!message->ParseFromString(bytes)) return refuse(RefusalCode::kInvalid, upkeep::format("the message is not a {}", type.name()));
  pb::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string text;
  if (!pb::util::MessageToJsonString(*message, &text, options).ok())
    return refuse(RefusalCode::kInvalid, upkeep::format("the {} has no JSON form", type.name()));
  Json body = Json::parse(text);
  DocumentRequest request{.model = take(body, "name") + take(body, "model_name"),
                          .version = take(body, "version") + take(body, "model_version")};
  if (const std::string repository = take(body, "repository_name"); !repository.empty())
    return refuse(RefusalCode::kInvalid, upkeep::format("there is no repository \"{}\": the server has one, without a name", repository));
  for (Json& field : body)
    if (field.is_object())
      for (Json& value : field) value = plain_value(value);
  if (body.contains("settings")) body = Json(body["settings"]);
  if (!body.empty()) request.body = std::move(body);
  return request;
}

Answer<std::string> write_document(std::string_view rpc, const std::string& field, const Json& document) {
  const pb::Descriptor& type = *method_of(rpc)->output_type();
  const pb::FieldDescriptor* const inner = field.empty() ? nullptr : type.FindFieldByName(field);
  Json whole = document;
  if (inner && inner->is_map())
    for (Json& value : whole) value = wrapped_value(*inner->message_type()->map_value()->message_type(), value);
  if (inner) whole = Json{{field, std::move(whole)}};
  const auto message = message_of(type);
  pb::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;  // what only HTTP's document says
  const auto parsed = pb::util::JsonStringToMessage(whole.dump(-1, ' ', false, Json::error_handler_t::replace), message.get(), options);
  if (!parsed.ok())
    return refuse(RefusalCode::kInternal, upkeep::format("the document does not fit {}: {}", type.name(), std::string(parsed.message())));
  return message->SerializeAsString();
}

std::unique_ptr<GrpcMethod> document_method(const GrpcBackend& backend, std::string_view rpc) {
  const endpoints::Endpoint* const endpoint = endpoint_of(rpc);
  if (!endpoint || !endpoint->document || !method_of(rpc)) return nullptr;
  return std::make_unique<DocumentMethod>(backend, *endpoint);
}

}  // namespace upkeep::serve
