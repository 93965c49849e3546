#include "runtime/ort.hpp"

#include <memory>

#include "base/cores.hpp"
#include "base/names.hpp"

namespace upkeep::runtime {
namespace {

const Ort::MemoryInfo& cpu_memory() {
  static const auto* const info = new Ort::MemoryInfo(Ort::MemoryInfo::CreateCpu(OrtDeviceAllocator, OrtMemTypeDefault));
  return *info;
}

Ort::Value strings_of(const Tensor& tensor) {
  const Ort::AllocatorWithDefaultOptions allocator;
  Ort::Value value = Ort::Value::CreateTensor(allocator, tensor.shape().data(), tensor.rank(), ONNX_TENSOR_ELEMENT_DATA_TYPE_STRING);
  std::size_t index = 0;
  for (const std::string& one : tensor.strings())  // any bytes, zeros too
    std::ranges::copy(one, value.GetResizedStringTensorElementBuffer(index++, one.size()));
  return value;
}

Tensor take_strings(const Ort::Value& value, Shape shape, std::size_t count) {
  std::vector<std::string> strings(count);
  for (std::size_t i = 0; i < count; ++i) strings[i] = value.GetStringTensorElement(i);
  return Tensor(std::move(shape), std::move(strings));
}

}  // namespace

Ort::Env& environment() {
  // Whatever the runtime would log as an error it also returns, and that is what the user sees, once.
  static auto* const env = [] {
    library();
    return new Ort::Env(ORT_LOGGING_LEVEL_FATAL, "upkeep");
  }();
  return *env;
}

int thread_count(const SessionOptions& options) { return threads_or_cores(options.threads); }

Ort::SessionOptions session_options(const SessionOptions& options) {
  Ort::SessionOptions made;
  made.SetIntraOpNumThreads(thread_count(options));
  made.SetInterOpNumThreads(1);
  made.SetExecutionMode(ORT_SEQUENTIAL);
  made.SetGraphOptimizationLevel(options.optimize ? ORT_ENABLE_ALL : ORT_DISABLE_ALL);
  made.AddConfigEntry("session.intra_op.allow_spinning", options.spin ? "1" : "0");
  made.AddConfigEntry("session.inter_op.allow_spinning", "0");
  made.SetLogSeverityLevel(ORT_LOGGING_LEVEL_FATAL);
  if (!options.memory_arena) made.DisableCpuMemArena();
  if (!options.prepack) made.AddConfigEntry("session.disable_prepacking", "1");
  return made;
}

void share_weights(const ModelWithoutWeights& parts, Ort::SessionOptions& options, std::vector<Tensor>& held) {
  std::vector<std::string> names;
  std::vector<Ort::Value> values;
  for (const auto& [name, tensor] : parts.weights) {
    names.push_back(name);
    values.push_back(view(tensor));
    held.push_back(tensor);
  }
  if (!names.empty()) options.AddExternalInitializers(names, values);
}

Error translate(std::string message, const Ort::Exception& error) {
  ErrorCode code = ErrorCode::kInternal;
  const bool unknown_operator = std::string_view(error.what()).find("is not a registered function/op") != std::string_view::npos;
  switch (error.GetOrtErrorCode()) {
    case ORT_INVALID_ARGUMENT: code = ErrorCode::kInvalidArgument; break;
    case ORT_NO_SUCHFILE: code = ErrorCode::kNotFound; break;
    case ORT_INVALID_PROTOBUF:
    case ORT_INVALID_GRAPH:
    case ORT_NO_MODEL:
    case ORT_FAIL: code = ErrorCode::kCorrupt; break;
    case ORT_NOT_IMPLEMENTED:
    case ORT_EP_FAIL: code = ErrorCode::kUnsupported; break;
    default: break;
  }
  std::string said(trim(error.what()));  // its lines as one
  std::ranges::replace(said, '\n', ' ');
  return Error(unknown_operator ? ErrorCode::kUnsupported : code, std::move(message), std::move(said));
}

Ort::Value view(DType dtype, const Shape& shape, void* data) {
  if (size_bits(dtype) == 0) throw Error(ErrorCode::kInvalidArgument, "elements of type " + to_string(dtype) + " are not plain bytes");
  const auto count = static_cast<std::size_t>(element_count(shape));
  return Ort::Value::CreateTensor(cpu_memory(), data, (count * size_bits(dtype) + 7) / 8, shape.data(), shape.size(),
                                  static_cast<ONNXTensorElementDataType>(dtype));
}

Ort::Value view(const Tensor& tensor) {
  if (tensor.dtype() == DType::kString) return strings_of(tensor);
  // The runtime takes a pointer to non-const, and does not write to inputs.
  return view(tensor.dtype(), tensor.shape(), const_cast<std::byte*>(tensor.bytes().data()));
}

static Tensor take_tensor(Ort::Value&& value) {
  const auto info = value.GetTensorTypeAndShapeInfo();
  Shape shape = info.GetShape();
  if (info.GetElementType() == ONNX_TENSOR_ELEMENT_DATA_TYPE_STRING) return take_strings(value, std::move(shape), info.GetElementCount());
  const auto dtype = static_cast<DType>(info.GetElementType());
  auto owner = std::make_shared<Ort::Value>(std::move(value));
  const void* data = owner->GetTensorRawData();
  return Tensor::share(dtype, std::move(shape), std::move(owner), data);
}

void take(const std::string& name, Ort::Value&& value, Tensors& into) {
  if (!value.HasValue()) throw Error(ErrorCode::kUnsupported, "output \"" + name + "\" has no value");
  switch (value.GetTypeInfo().GetONNXType()) {
    case ONNX_TYPE_TENSOR: into.emplace(name, take_tensor(std::move(value))); break;
    case ONNX_TYPE_SEQUENCE: {
      const Ort::AllocatorWithDefaultOptions allocator;
      for (std::size_t i = 0; i < value.GetCount(); ++i)
        take(name + "." + std::to_string(i), value.GetValue(static_cast<int>(i), allocator), into);
      break;
    }
    default:
      throw Error(ErrorCode::kUnsupported, "output \"" + name + "\" is not a tensor",
                  "tensors and sequences of them are read; of maps, those that a ZipMap makes of an output");
  }
}

}  // namespace upkeep::runtime
