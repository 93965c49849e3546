// Tensors and types, in both directions.
#include <bit>
#include <cstring>

#include "graph/onnx_proto.hpp"

namespace upkeep::proto {
namespace {

Error corrupt(const onnx::TensorProto& tensor, std::string message, std::string hint = {}) {
  return Error(ErrorCode::kCorrupt, "tensor \"" + tensor.name() + "\": " + std::move(message), std::move(hint));
}

Tensor from_raw(onnx::TensorProto& message, DType dtype, Shape shape) {
  const std::shared_ptr<const std::string> raw(message.release_raw_data());
  const void* data = raw->data();
  const std::size_t alignment = std::max<std::size_t>(1, std::min<std::size_t>(size_bits(dtype) / 8, 8));
  if (std::bit_cast<std::uintptr_t>(data) % alignment) return Tensor::from_bytes(dtype, std::move(shape), std::as_bytes(std::span(*raw)));
  return Tensor::share(dtype, std::move(shape), raw, data);
}

// One typed list of the message as elements of type T, `per_element` list entries each (complex numbers: two).
template <typename T, typename List>
Tensor from_list(const onnx::TensorProto& message, DType dtype, Shape shape, const List& list) {
  auto bytes = std::make_shared_for_overwrite<std::byte[]>(static_cast<std::size_t>(list.size()) * sizeof(T));
  T* out = reinterpret_cast<T*>(bytes.get());
  for (const auto value : list) *out++ = static_cast<T>(value);
  Tensor made = Tensor::share(dtype, std::move(shape), bytes, bytes.get());
  if (made.size_bytes() != static_cast<std::size_t>(list.size()) * sizeof(T))
    throw corrupt(message, std::to_string(list.size()) + " values do not fill " + to_string(dtype) + to_string(made.shape()));
  return made;
}

Tensor from_lists(const onnx::TensorProto& m, DType dtype, Shape shape) {
  switch (dtype) {
    case DType::kFloat32:
    case DType::kComplex64: return from_list<float>(m, dtype, std::move(shape), m.float_data());
    case DType::kFloat64:
    case DType::kComplex128: return from_list<double>(m, dtype, std::move(shape), m.double_data());
    case DType::kInt64: return from_list<std::int64_t>(m, dtype, std::move(shape), m.int64_data());
    case DType::kUInt64: return from_list<std::uint64_t>(m, dtype, std::move(shape), m.uint64_data());
    case DType::kUInt32: return from_list<std::uint32_t>(m, dtype, std::move(shape), m.uint64_data());
    case DType::kInt32: return from_list<std::int32_t>(m, dtype, std::move(shape), m.int32_data());
    default: break;
  }
  return size_bits(dtype) == 16 ? from_list<std::uint16_t>(m, dtype, std::move(shape), m.int32_data())
                                : from_list<std::uint8_t>(m, dtype, std::move(shape), m.int32_data());
}

// How many bytes raw_data must have; checked before it is touched.
void check_raw(const onnx::TensorProto& message, DType dtype, const Shape& shape) {
  const std::size_t bits = size_bits(dtype);
  const auto count = static_cast<std::size_t>(element_count(shape));
  std::size_t total = 0;
  if (__builtin_mul_overflow(count, bits, &total) || (total + 7) / 8 != message.raw_data().size())
    throw corrupt(message, std::to_string(message.raw_data().size()) + " bytes do not fill " + to_string(dtype) + to_string(shape),
                  std::to_string(bits) + " bits per element");
}

void dims_to_message(const Dims& dims, onnx::TensorShapeProto& into) {
  while (into.dim_size() > static_cast<int>(dims.size())) into.mutable_dim()->RemoveLast();
  for (std::size_t i = 0; i < dims.size(); ++i) {
    auto* dim = static_cast<int>(i) < into.dim_size() ? into.mutable_dim(static_cast<int>(i)) : into.add_dim();
    dim->clear_value();
    if (dims[i].known()) dim->set_dim_value(dims[i].value);
    else if (!dims[i].symbol.empty()) dim->set_dim_param(dims[i].symbol);
  }
}

Tensor content(onnx::TensorProto& message, const ExternalData& external) {
  const auto dtype = static_cast<DType>(message.data_type());
  const Shape shape(message.dims().begin(), message.dims().end());
  if (message.data_location() == onnx::TensorProto::EXTERNAL)
    return in_context("tensor \"" + message.name() + "\"", [&] { return external(message); });
  if (dtype == DType::kString) return Tensor(shape, std::vector<std::string>(message.string_data().begin(), message.string_data().end()));
  if (size_bits(dtype) == 0) throw corrupt(message, "has no element type that we know", to_string(dtype));
  if (!message.has_raw_data()) return from_lists(message, dtype, shape);
  check_raw(message, dtype, shape);
  return from_raw(message, dtype, shape);
}

}  // namespace

Tensor refuse_external(const onnx::TensorProto& tensor) {
  throw Error(ErrorCode::kUnsupported, "tensor \"" + tensor.name() + "\" keeps its data in another file", "load the model as a file");
}

Tensor tensor_from(onnx::TensorProto&& message, const ExternalData& external) {
  if (message.has_segment()) throw Error(ErrorCode::kUnsupported, "tensor \"" + message.name() + "\" is stored in segments");
  try {
    Tensor made = content(message, external);
    check_booleans(made.dtype(), made.bytes());
    return made;
  } catch (Error& error) {
    if (error.code() != ErrorCode::kInvalidArgument) throw;
    throw corrupt(message, error.message(), error.hint());
  }
}

void to_message(const Tensor& tensor, onnx::TensorProto& into, const PlaceData& place) {
  into.set_data_type(static_cast<std::int32_t>(tensor.dtype()));
  into.mutable_dims()->Assign(tensor.shape().begin(), tensor.shape().end());
  if (tensor.dtype() == DType::kString) {
    for (const std::string& one : tensor.strings()) into.add_string_data(one);
    return;
  }
  if (place && place(tensor, into)) return;
  into.set_raw_data(tensor.bytes().data(), tensor.size_bytes());
}

ValueType type_from(const onnx::TypeProto& message) {
  ValueType type;
  const bool tensor = message.has_tensor_type();
  bool whole = tensor && !message.has_denotation() && message.unknown_fields().empty();  // nothing that our form cannot say
  if (tensor) {
    whole = whole && message.tensor_type().unknown_fields().empty() && message.tensor_type().shape().unknown_fields().empty();
    type.dtype = static_cast<DType>(message.tensor_type().elem_type());
    if (message.tensor_type().has_shape()) {
      type.shape.emplace();
      for (const auto& dim : message.tensor_type().shape().dim()) {
        if (dim.has_dim_value() && dim.dim_value() >= 0) type.shape->emplace_back(dim.dim_value());
        else type.shape->emplace_back(dim.dim_param());
        whole = whole && !dim.has_denotation() && dim.unknown_fields().empty();
      }
    }
  }
  if (!whole && message.ByteSizeLong() > 0) type.opaque = message.SerializeAsString();
  return type;
}

void to_message(const ValueType& type, onnx::TypeProto& into) {
  if (!type.opaque.empty() && !into.ParseFromString(type.opaque)) throw Error(ErrorCode::kInternal, "a value's opaque type is damaged");
  if (type.dtype == DType::kUndefined && !type.shape) return;
  auto* tensor = into.mutable_tensor_type();
  if (type.dtype != DType::kUndefined) tensor->set_elem_type(static_cast<std::int32_t>(type.dtype));
  if (type.shape) dims_to_message(*type.shape, *tensor->mutable_shape());
  else tensor->clear_shape();
}

}  // namespace upkeep::proto
