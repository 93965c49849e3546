#include "serve/grpc/infer_message.hpp"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <algorithm>
#include <limits>

#include "base/format.hpp"
#include "base/utf8.hpp"
#include "serve/protocol/binary_tensor.hpp"
#include "serve/protocol/datatypes.hpp"
#include "serve/protocol/json_text.hpp"

namespace upkeep::serve {

namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

using Contents = inference::InferTensorContents;
using Parameters = google::protobuf::Map<std::string, inference::InferParameter>;

constexpr int kMostDims = 16;

constexpr std::uint32_t bytes_tag(int field) { return static_cast<std::uint32_t>(field) << 3 | WireFormatLite::WIRETYPE_LENGTH_DELIMITED; }

std::unexpected<Refusal> wrong(std::string message) { return refuse(RefusalCode::kInvalid, std::move(message)); }

void append_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

void append_field(std::string& out, int field, std::string_view bytes) {
  append_varint(out, bytes_tag(field));
  append_varint(out, bytes.size());
  out += bytes;
}

Answer<Shape> shape_of(const inference::ModelInferRequest::InferInputTensor& input) {
  if (input.shape_size() > kMostDims)
    return wrong(upkeep::format("input \"{}\": the shape has more than {} dimensions", input.name(), kMostDims));
  std::int64_t count = 1;
  for (const std::int64_t dim : input.shape()) {
    if (dim < 0) return wrong(upkeep::format("input \"{}\": the shape has the negative dimension {}", input.name(), dim));
    if (__builtin_mul_overflow(count, std::max<std::int64_t>(dim, 1), &count))
      return wrong(upkeep::format("input \"{}\": the shape has too many elements", input.name()));
  }
  return Shape(input.shape().begin(), input.shape().end());
}

// What typed contents hold, by their field's name; which of them a datatype takes.
struct Held {
  std::string_view field;
  int count = 0;
};

std::vector<Held> held_by(const Contents& contents) {
  return {{"bool_contents", contents.bool_contents_size()},     {"int_contents", contents.int_contents_size()},
          {"int64_contents", contents.int64_contents_size()},   {"uint_contents", contents.uint_contents_size()},
          {"uint64_contents", contents.uint64_contents_size()}, {"fp32_contents", contents.fp32_contents_size()},
          {"fp64_contents", contents.fp64_contents_size()},     {"bytes_contents", contents.bytes_contents_size()}};
}

std::string_view field_of(DType dtype) {
  switch (dtype) {
    case DType::kBool: return "bool_contents";
    case DType::kInt8:
    case DType::kInt16:
    case DType::kInt32: return "int_contents";
    case DType::kInt64: return "int64_contents";
    case DType::kUInt8:
    case DType::kUInt16:
    case DType::kUInt32: return "uint_contents";
    case DType::kUInt64: return "uint64_contents";
    case DType::kFloat32: return "fp32_contents";
    case DType::kFloat64: return "fp64_contents";
    case DType::kString: return "bytes_contents";
    default: return {};
  }
}

template <typename To>
Answer<Tensor> tensor_of(const std::string& name, const Shape& shape, const auto& values) {
  std::vector<To> elements;
  elements.reserve(static_cast<std::size_t>(values.size()));
  for (const auto value : values) {
    if constexpr (std::is_integral_v<To> && !std::is_same_v<To, bool>)
      if (!std::in_range<To>(value)) return wrong(upkeep::format("input \"{}\": {} is out of range", name, value));
    elements.push_back(static_cast<To>(value));
  }
  return Tensor(shape, std::move(elements));
}

Answer<Tensor> typed_tensor(const std::string& name, DType dtype, const Shape& shape, const Contents& contents) {
  const std::string_view field = field_of(dtype);
  if (field.empty())
    return wrong(upkeep::format("input \"{}\": {} has no typed contents, send it as raw_input_contents", name, datatype(dtype)));
  int count = 0;
  for (const Held& held : held_by(contents)) {
    if (held.field == field) count = held.count;
    else if (held.count > 0)
      return wrong(upkeep::format("input \"{}\" is {}, whose elements belong into {}, not {}", name, datatype(dtype), field, held.field));
  }
  if (count != element_count(shape))
    return wrong(
        upkeep::format("input \"{}\": {} elements are given, shape {} needs {}", name, count, to_string(shape), element_count(shape)));
  switch (dtype) {
    case DType::kBool: return tensor_of<bool>(name, shape, contents.bool_contents());
    case DType::kInt8: return tensor_of<std::int8_t>(name, shape, contents.int_contents());
    case DType::kInt16: return tensor_of<std::int16_t>(name, shape, contents.int_contents());
    case DType::kInt32: return tensor_of<std::int32_t>(name, shape, contents.int_contents());
    case DType::kInt64: return tensor_of<std::int64_t>(name, shape, contents.int64_contents());
    case DType::kUInt8: return tensor_of<std::uint8_t>(name, shape, contents.uint_contents());
    case DType::kUInt16: return tensor_of<std::uint16_t>(name, shape, contents.uint_contents());
    case DType::kUInt32: return tensor_of<std::uint32_t>(name, shape, contents.uint_contents());
    case DType::kUInt64: return tensor_of<std::uint64_t>(name, shape, contents.uint64_contents());
    case DType::kFloat32: return tensor_of<float>(name, shape, contents.fp32_contents());
    case DType::kFloat64: return tensor_of<double>(name, shape, contents.fp64_contents());
    default: return Tensor(shape, std::vector<std::string>(contents.bytes_contents().begin(), contents.bytes_contents().end()));
  }
}

// The value of a parameter that must be a number that is not negative; nullopt: it is something else.
std::optional<std::uint64_t> count_of(const inference::InferParameter& parameter) {
  using Choice = inference::InferParameter;
  switch (parameter.parameter_choice_case()) {
    case Choice::kUint64Param: return parameter.uint64_param();
    case Choice::kInt64Param:
      if (parameter.int64_param() >= 0) return static_cast<std::uint64_t>(parameter.int64_param());
      return std::nullopt;
    default: return std::nullopt;
  }
}

Answer<void> read_parameters(const Parameters& parameters, InferRequest& request) {
  for (const auto& [name, value] : parameters) {
    if (name.starts_with("sequence_")) return wrong("sequences are not supported: each request is answered by itself");
    if (name != "priority" && name != "timeout") continue;
    const auto count = count_of(value);
    if (!count)
      return wrong(upkeep::format("parameter \"{}\" must be a number that is not negative, in uint64_param or int64_param", name));
    if (name == "priority") request.priority = *count;
    else request.timeout = std::chrono::microseconds(std::min<std::uint64_t>(*count, std::numeric_limits<std::int64_t>::max()));
  }
  return {};
}

Answer<RequestedOutput> read_output(const inference::ModelInferRequest::InferRequestedOutputTensor& asked) {
  RequestedOutput output{.name = asked.name()};
  for (const auto& [name, value] : asked.parameters()) {
    if (name == "shared_memory_region") return wrong("shared memory is not supported");
    if (name != "classification") continue;
    const auto count = count_of(value);
    if (!count || *count < 1 || *count > std::numeric_limits<int>::max())
      return wrong(upkeep::format("output \"{}\": classification asks for a number of classes, at least 1", asked.name()));
    output.classification = static_cast<int>(*count);
  }
  return output;
}

class Inputs {
 public:
  Inputs(const InferMessage& message, const std::vector<TensorSpec>& specs) : message_(message), specs_(specs) {}

  Answer<Tensors> read() {
    const auto& inputs = message_.request.inputs();
    if (!message_.raw.empty() && message_.raw.size() != static_cast<std::size_t>(inputs.size()))
      return wrong(upkeep::format("there are {} inputs, but {} raw_input_contents: one for each, in order, or none", inputs.size(),
                                  message_.raw.size()));
    Tensors tensors;
    for (int i = 0; i < inputs.size(); ++i) {
      const auto& input = inputs[i];
      Answer<Tensor> tensor = read(input, message_.raw.empty() ? std::nullopt : std::optional(message_.raw[static_cast<std::size_t>(i)]));
      if (!tensor) return std::unexpected(std::move(tensor.error()));
      if (!tensors.emplace(input.name(), std::move(*tensor)).second)
        return wrong(upkeep::format("input \"{}\" is given twice", input.name()));
    }
    return tensors;
  }

 private:
  Answer<Tensor> read(const inference::ModelInferRequest::InferInputTensor& input, std::optional<std::string_view> raw) {
    if (input.name().empty()) return wrong("an input has no name");
    if (input.datatype().empty()) return wrong(upkeep::format("input \"{}\" has no datatype", input.name()));
    const std::optional<DType> dtype = dtype_of(input.datatype());
    if (!dtype) return wrong(upkeep::format("input \"{}\": there is no datatype \"{}\"", input.name(), input.datatype()));
    if (input.parameters().contains("shared_memory_region")) return wrong("shared memory is not supported: send the data itself");
    const Answer<Shape> shape = shape_of(input);
    if (!shape) return std::unexpected(shape.error());
    if (const auto fitting = check_input(input.name(), *dtype, *shape, specs_); !fitting) return std::unexpected(fitting.error());
    if (!raw) return typed_tensor(input.name(), *dtype, *shape, input.contents());
    if (std::ranges::any_of(held_by(input.contents()), [](const Held& held) { return held.count > 0; }))
      return wrong(upkeep::format("input \"{}\" has both contents and raw_input_contents: give one of them", input.name()));
    Answer<Tensor> tensor = read_binary(*raw, *dtype, *shape);
    if (!tensor) return wrong(upkeep::format("input \"{}\": {}", input.name(), tensor.error().message));
    return tensor;
  }

  const InferMessage& message_;
  const std::vector<TensorSpec>& specs_;
};

}  // namespace

Answer<InferMessage> parse_infer_message(std::string_view bytes) {
  constexpr std::uint32_t kRaw = bytes_tag(inference::ModelInferRequest::kRawInputContentsFieldNumber);
  const auto unreadable = [] { return wrong("the message is not a ModelInferRequest"); };
  if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) return unreadable();
  InferMessage message;
  std::string others;  // all fields but the raw contents, which would be copied twice
  CodedInputStream in(reinterpret_cast<const std::uint8_t*>(bytes.data()), static_cast<int>(bytes.size()));
  for (int begin = 0; begin < static_cast<int>(bytes.size()); begin = in.CurrentPosition()) {
    const std::uint32_t tag = in.ReadTag();
    if (tag == kRaw) {
      std::uint32_t length = 0;
      if (!in.ReadVarint32(&length) || length > bytes.size()) return unreadable();
      const auto at = static_cast<std::size_t>(in.CurrentPosition());
      if (!in.Skip(static_cast<int>(length))) return unreadable();
      message.raw.push_back(bytes.substr(at, length));
    } else {
      if (tag == 0 || !WireFormatLite::SkipField(&in, tag)) return unreadable();
      others += bytes.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(in.CurrentPosition() - begin));
    }
  }
  if (!message.request.ParseFromString(others)) return unreadable();
  return message;
}

Answer<InferRequest> read_infer_message(const InferMessage& message, const std::vector<TensorSpec>& specs) {
  InferRequest request{.id = message.request.id(), .binary = true};
  if (const auto read = read_parameters(message.request.parameters(), request); !read) return std::unexpected(read.error());
  Answer<Tensors> inputs = Inputs(message, specs).read();
  if (!inputs) return std::unexpected(std::move(inputs.error()));
  request.inputs = std::move(*inputs);
  for (const auto& asked : message.request.outputs()) {
    Answer<RequestedOutput> output = read_output(asked);
    if (!output) return std::unexpected(std::move(output.error()));
    request.outputs.push_back(std::move(*output));
  }
  return request;
}

Answer<std::string> write_infer_message(const InferAnswer& answer) {
  inference::ModelInferResponse response;
  response.set_model_name(answer.model);
  response.set_model_version(answer.version);
  response.set_id(answer.id);
  std::size_t bytes = 0;
  for (const auto& [name, tensor] : answer.outputs) {
    if (datatype(tensor.dtype()).empty())
      return refuse(RefusalCode::kInvalid,
                    upkeep::format("output \"{}\" is {}, which the protocol lacks", name, to_string(tensor.dtype())));
    auto& output = *response.add_outputs();
    output.set_name(name);
    output.set_datatype(std::string(datatype(tensor.dtype())));
    for (const std::int64_t dim : tensor.shape()) output.add_shape(dim);
    bytes += tensor.size_bytes() + 16;
  }
  std::string out = response.SerializeAsString();
  out.reserve(out.size() + bytes);
  for (const auto& [_, tensor] : answer.outputs)
    append_field(out, inference::ModelInferResponse::kRawOutputContentsFieldNumber, write_binary(tensor));
  return out;
}

std::string stream_message(std::string response) {
  // One request, one response, which is the last; in a message, fields that come later are added.
  static const std::string last = [] {
    inference::ModelInferResponse addition;
    (*addition.mutable_parameters())["triton_final_response"].set_bool_param(true);
    return addition.SerializeAsString();
  }();
  response += last;
  std::string out;
  append_field(out, inference::ModelStreamInferResponse::kInferResponseFieldNumber, response);
  return out;
}

std::string stream_error(const std::string& id, const std::string& message) {
  inference::ModelStreamInferResponse response;
  response.set_error_message(valid_utf8(message) ? message : printable(message));
  response.mutable_infer_response()->set_id(id);
  return response.SerializeAsString();
}

}  // namespace upkeep::serve
