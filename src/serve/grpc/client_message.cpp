#include "serve/grpc/client_message.hpp"

#include <inference.pb.h>

#include "base/format.hpp"
#include "serve/protocol/binary_tensor.hpp"
#include "serve/protocol/datatypes.hpp"

namespace upkeep::serve {

namespace {

std::unexpected<Refusal> unreadable(const std::string& why) {
  return refuse(RefusalCode::kInternal, "the server's answer cannot be read: " + why);
}

// Typed contents as the bytes that raw contents would be.
std::string raw_of(const inference::InferTensorContents& contents, DType dtype) {
  std::string bytes;
  const auto add = [&]<typename To>(To, const auto& values) {
    for (const auto value : values) {
      const To one = static_cast<To>(value);
      bytes.append(reinterpret_cast<const char*>(&one), sizeof(one));
    }
  };
  switch (dtype) {
    case DType::kBool: add(std::uint8_t{}, contents.bool_contents()); break;
    case DType::kInt8: add(std::int8_t{}, contents.int_contents()); break;
    case DType::kInt16: add(std::int16_t{}, contents.int_contents()); break;
    case DType::kInt32: add(std::int32_t{}, contents.int_contents()); break;
    case DType::kInt64: add(std::int64_t{}, contents.int64_contents()); break;
    case DType::kUInt8: add(std::uint8_t{}, contents.uint_contents()); break;
    case DType::kUInt16: add(std::uint16_t{}, contents.uint_contents()); break;
    case DType::kUInt32: add(std::uint32_t{}, contents.uint_contents()); break;
    case DType::kUInt64: add(std::uint64_t{}, contents.uint64_contents()); break;
    case DType::kFloat32: add(float{}, contents.fp32_contents()); break;
    case DType::kFloat64: add(double{}, contents.fp64_contents()); break;
    default:
      for (const std::string& text : contents.bytes_contents()) {
        const auto length = static_cast<std::uint32_t>(text.size());
        bytes.append(reinterpret_cast<const char*>(&length), sizeof(length)) += text;
      }
  }
  return bytes;
}

Answer<RemoteTensor> remote_tensor(const inference::ModelMetadataResponse::TensorMetadata& tensor) {
  const auto dtype = dtype_of(tensor.datatype());
  if (!dtype) return unreadable(upkeep::format("\"{}\" has the datatype \"{}\"", tensor.name(), tensor.datatype()));
  return RemoteTensor{.name = tensor.name(), .dtype = *dtype, .shape = Shape(tensor.shape().begin(), tensor.shape().end())};
}

}  // namespace

std::string write_infer_call(const std::string& model, const Tensors& inputs, const InferSettings& settings) {
  inference::ModelInferRequest request;
  request.set_model_name(model);
  request.set_model_version(settings.version);
  request.set_id(settings.id);
  if (settings.priority > 0) (*request.mutable_parameters())["priority"].set_uint64_param(settings.priority);
  for (const auto& [name, tensor] : inputs) {
    const std::string_view type = datatype(tensor.dtype());
    if (type.empty())
      throw Error(ErrorCode::kInvalidArgument,
                  upkeep::format("input \"{}\" is {}, which the protocol lacks", name, to_string(tensor.dtype())));
    auto& input = *request.add_inputs();
    input.set_name(name);
    input.set_datatype(std::string(type));
    for (const std::int64_t dim : tensor.shape()) input.add_shape(dim);
    request.add_raw_input_contents(write_binary(tensor));
  }
  for (const std::string& output : settings.outputs) request.add_outputs()->set_name(output);
  return request.SerializeAsString();
}

Answer<InferResult> read_infer_reply(const std::string& bytes) {
  inference::ModelInferResponse response;
  if (!response.ParseFromString(bytes)) return unreadable("it is not a ModelInferResponse");
  const bool raw = response.raw_output_contents_size() > 0;
  if (raw && response.raw_output_contents_size() != response.outputs_size()) return unreadable("not every output has contents");
  InferResult result{.model = response.model_name(), .version = response.model_version(), .id = response.id(), .outputs = {}};
  for (int i = 0; i < response.outputs_size(); ++i) {
    const auto& output = response.outputs(i);
    const auto dtype = dtype_of(output.datatype());
    if (!dtype) return unreadable(upkeep::format("output \"{}\" has the datatype \"{}\"", output.name(), output.datatype()));
    const Shape shape(output.shape().begin(), output.shape().end());
    try {
      element_count(shape);
    } catch (const Error& error) {
      return unreadable(error.what());
    }
    Answer<Tensor> tensor = read_binary(raw ? response.raw_output_contents(i) : raw_of(output.contents(), *dtype), *dtype, shape);
    if (!tensor) return unreadable(upkeep::format("output \"{}\": {}", output.name(), tensor.error().message));
    result.outputs.insert_or_assign(output.name(), std::move(*tensor));
  }
  return result;
}

std::string write_model_call(const std::string& model, const std::string& version) {
  inference::ModelMetadataRequest request;
  request.set_name(model);
  request.set_version(version);
  return request.SerializeAsString();
}

Answer<RemoteModel> read_model_reply(const std::string& bytes) {
  inference::ModelMetadataResponse response;
  if (!response.ParseFromString(bytes)) return unreadable("it is not a ModelMetadataResponse");
  RemoteModel model{.name = response.name(),
                    .versions = {response.versions().begin(), response.versions().end()},
                    .platform = response.platform(),
                    .inputs = {},
                    .outputs = {}};
  for (const bool inputs : {true, false})
    for (const auto& one : inputs ? response.inputs() : response.outputs()) {
      Answer<RemoteTensor> tensor = remote_tensor(one);
      if (!tensor) return std::unexpected(tensor.error());
      (inputs ? model.inputs : model.outputs).push_back(std::move(*tensor));
    }
  return model;
}

bool read_ready_reply(const std::string& bytes) {
  inference::ServerReadyResponse response;
  return response.ParseFromString(bytes) && response.ready();
}

}  // namespace upkeep::serve
