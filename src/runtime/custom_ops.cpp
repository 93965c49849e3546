#include "runtime/custom_ops.hpp"

#include <algorithm>
#include <mutex>

namespace upkeep {

// --- what a kernel sees --------------------------------------------------------------------------------------------

namespace {

OrtKernelContext* ort_context(void* context) { return static_cast<OrtKernelContext*>(context); }

}  // namespace

bool KernelContext::has(std::size_t input) const {
  const Ort::KernelContext context(ort_context(context_));
  return input < context.GetInputCount() && context.GetInput(input);
}

Shape KernelContext::shape(std::size_t input) const {
  return Ort::KernelContext(ort_context(context_)).GetInput(input).GetTensorTypeAndShapeInfo().GetShape();
}

const void* KernelContext::raw_input(std::size_t index) const {
  return Ort::KernelContext(ort_context(context_)).GetInput(index).GetTensorRawData();
}

void* KernelContext::raw_output(std::size_t index, const Shape& shape) {
  const Ort::KernelContext context(ort_context(context_));
  if (index >= context.GetOutputCount()) return nullptr;
  Ort::UnownedValue value = context.GetOutput(index, shape.data(), shape.size());
  return value ? value.GetTensorMutableRawData() : nullptr;
}

std::int64_t KernelContext::parts_of(std::int64_t count, std::int64_t grain) const {
  return std::clamp<std::int64_t>(count / std::max<std::int64_t>(grain, 1), 1, threads_);
}

void KernelContext::run_parts(const void* split, std::int64_t parts, void (*one)(void*, std::size_t)) {
  const auto count = static_cast<std::size_t>(parts);
  Ort::KernelContext(ort_context(context_)).ParallelFor(one, count, count, const_cast<void*>(split));
}

// --- what the runtime sees -----------------------------------------------------------------------------------------

struct KernelRunner {
  std::unique_ptr<Kernel> kernel;
  int threads;
  std::mutex one_at_a_time;  // a session may be run from several threads

  OrtStatusPtr ComputeV2(OrtKernelContext* context) {
    try {
      const std::lock_guard lock(one_at_a_time);
      KernelContext seen(context, threads);
      kernel->run(seen);
      return nullptr;
    } catch (const std::exception& error) {
      return Ort::Status(error.what(), ORT_FAIL).release();
    }
  }
};

namespace runtime {
namespace {

class OrtAttributes : public KernelAttributes {
 public:
  explicit OrtAttributes(const OrtKernelInfo* info) : info_(info) {}
  std::int64_t integer(const char* name, std::int64_t fallback) const override { return value(name, fallback); }
  float number(const char* name, float fallback) const override { return value(name, fallback); }
  std::string text(const char* name, const std::string& fallback) const override { return value(name, fallback); }
  std::vector<std::int64_t> integers(const char* name) const override {
    try {
      return Ort::ConstKernelInfo(info_).GetAttributes<std::int64_t>(name);
    } catch (const Ort::Exception&) {  // the only way to ask whether there is one
      return {};
    }
  }

 private:
  template <typename T>
  T value(const char* name, T fallback) const {
    try {
      return Ort::ConstKernelInfo(info_).GetAttribute<T>(name);
    } catch (const Ort::Exception&) {
      return fallback;
    }
  }

  const OrtKernelInfo* info_;
};

}  // namespace

struct CustomOps::Op : Ort::CustomOpBase<Op, KernelRunner, true> {
  Op(const KernelType& kernel_type, int thread_count) : type(kernel_type), threads(thread_count) {}

  const char* GetName() const { return type.name.c_str(); }
  std::size_t GetInputTypeCount() const { return type.inputs.size(); }
  std::size_t GetOutputTypeCount() const { return type.outputs.size(); }
  ONNXTensorElementDataType GetInputType(std::size_t i) const { return static_cast<ONNXTensorElementDataType>(type.inputs[i]); }
  ONNXTensorElementDataType GetOutputType(std::size_t i) const { return static_cast<ONNXTensorElementDataType>(type.outputs[i]); }
  OrtCustomOpInputOutputCharacteristic GetInputCharacteristic(std::size_t i) const {
    return i < type.required_inputs ? INPUT_OUTPUT_REQUIRED : INPUT_OUTPUT_OPTIONAL;
  }
  OrtCustomOpInputOutputCharacteristic GetOutputCharacteristic(std::size_t) const { return INPUT_OUTPUT_OPTIONAL; }

  OrtStatusPtr CreateKernelV2(const OrtApi&, const OrtKernelInfo* info, void** made) const {
    try {
      *made = new KernelRunner{type.make(OrtAttributes(info)), threads, {}};  // NOLINT: the runtime calls KernelDestroy
      return nullptr;
    } catch (const std::exception& error) {
      return Ort::Status(error.what(), ORT_FAIL).release();
    }
  }

  const KernelType& type;
  int threads;
};

CustomOps::CustomOps(const KernelDomain& domain, int threads) : domain_(domain.name.c_str()) {
  for (const KernelType& type : domain.types) {
    ops_.push_back(std::make_shared<Op>(type, threads));
    domain_.Add(ops_.back().get());
  }
}

}  // namespace runtime
}  // namespace upkeep
