#include "serve/client/http_message.hpp"

#include <charconv>

#include "base/format.hpp"
#include "base/json.hpp"
#include "serve/protocol/binary_tensor.hpp"
#include "serve/protocol/datatypes.hpp"
#include "serve/protocol/tensor_json.hpp"

namespace upkeep::serve {

namespace {

std::unexpected<Refusal> unreadable_body(const std::string& why) {
  return refuse(RefusalCode::kInternal, "the server's answer cannot be read: " + why);
}

// An output as the answer's JSON has it: its text, with data behind the JSON or in it.
Answer<Tensor> output_of(const Json& output, std::string_view& binary) {
  const auto dtype = dtype_of(output.at("datatype").get<std::string>());
  if (!dtype) return unreadable_body("an output has the datatype " + output.at("datatype").dump());
  const Shape shape = output.at("shape").get<Shape>();
  element_count(shape);  // throws where it is no shape
  const Json parameters = output.value("parameters", Json::object());
  if (!parameters.contains("binary_data_size")) {
    const std::string data = output.at("data").dump();
    JsonCursor cursor(data);
    Tensor tensor = read_data(cursor, *dtype, shape);
    if (!cursor.ok()) return unreadable_body(cursor.failure());
    return tensor;
  }
  const auto size = parameters.at("binary_data_size").get<std::size_t>();
  if (size > binary.size()) return unreadable_body("its binary data ends early");
  const std::string_view bytes = binary.substr(0, size);
  binary.remove_prefix(size);
  return read_binary(bytes, *dtype, shape);
}

RemoteTensor remote_tensor_of(const Json& tensor) {
  const auto dtype = dtype_of(tensor.at("datatype").get<std::string>());
  if (!dtype) throw Error(ErrorCode::kCorrupt, "a tensor has the datatype " + tensor.at("datatype").dump());
  return {.name = tensor.at("name").get<std::string>(), .dtype = *dtype, .shape = tensor.at("shape").get<Shape>()};
}

}  // namespace

HttpInferBody write_infer_body(const Tensors& inputs, const InferSettings& settings) {
  Json request{{"id", settings.id}, {"parameters", {{"binary_data_output", true}}}, {"inputs", Json::array()}};
  if (settings.priority > 0) request["parameters"]["priority"] = settings.priority;
  std::string binary;
  for (const auto& [name, tensor] : inputs) {
    const std::string_view type = datatype(tensor.dtype());
    if (type.empty())
      throw Error(ErrorCode::kInvalidArgument,
                  upkeep::format("input \"{}\" is {}, which the protocol lacks", name, to_string(tensor.dtype())));
    const std::string bytes = write_binary(tensor);
    binary += bytes;
    request["inputs"].push_back(
        {{"name", name}, {"shape", tensor.shape()}, {"datatype", type}, {"parameters", {{"binary_data_size", bytes.size()}}}});
  }
  for (const std::string& output : settings.outputs)
    request["outputs"].push_back({{"name", output}, {"parameters", {{"binary_data", true}}}});
  HttpInferBody body;
  try {
    body.bytes = request.dump();
  } catch (const Json::exception&) {
    throw Error(ErrorCode::kInvalidArgument, "a name or the id of the request is not UTF-8");
  }
  body.json_bytes = body.bytes.size();
  body.bytes += binary;
  return body;
}

Answer<InferResult> read_infer_body(std::string_view bytes, std::string_view json_bytes) {
  std::size_t head = bytes.size();
  if (!json_bytes.empty() && std::from_chars(json_bytes.data(), json_bytes.data() + json_bytes.size(), head).ec != std::errc())
    return unreadable_body("its header Inference-Header-Content-Length is no number");
  if (head > bytes.size()) return unreadable_body("it ends early");
  std::string_view binary = bytes.substr(head);
  try {
    const Json answer = Json::parse(bytes.substr(0, head));
    InferResult result{
        .model = answer.value("model_name", ""), .version = answer.value("model_version", ""), .id = answer.value("id", ""), .outputs = {}};
    for (const Json& output : answer.at("outputs")) {
      Answer<Tensor> tensor = output_of(output, binary);
      if (!tensor) return std::unexpected(tensor.error());
      result.outputs.insert_or_assign(output.at("name").get<std::string>(), std::move(*tensor));
    }
    return result;
  } catch (const std::exception& error) {
    return unreadable_body(error.what());
  }
}

Answer<RemoteModel> read_model_body(std::string_view bytes) {
  try {
    const Json answer = Json::parse(bytes);
    RemoteModel model{.name = answer.at("name").get<std::string>(),
                      .versions = answer.value("versions", std::vector<std::string>()),
                      .platform = answer.value("platform", ""),
                      .inputs = {},
                      .outputs = {}};
    for (const Json& tensor : answer.at("inputs")) model.inputs.push_back(remote_tensor_of(tensor));
    for (const Json& tensor : answer.at("outputs")) model.outputs.push_back(remote_tensor_of(tensor));
    return model;
  } catch (const std::exception& error) {
    return unreadable_body(error.what());
  }
}

}  // namespace upkeep::serve
