// Where data comes in. The layer's name is the name of the model's input; the batch is an axis of its own, before `shape`.

#include "layers/layer.hpp"

namespace upkeep {
namespace layers {

struct InputOptions {
  Json shape = nullptr;
  std::optional<std::int64_t> batch_size;
  std::string dtype = "float32";
};

}  // namespace layers

template <>
const Settings settings<layers::InputOptions> = describe<layers::InputOptions>(
    "input", "where data comes in", field("shape", &layers::InputOptions::shape, "sizes without the batch, null for any size: [10]"),
    field("batch_size", &layers::InputOptions::batch_size, "fixed number of rows; null for any", range(1, 1 << 30)),
    field("dtype", &layers::InputOptions::dtype, "element type"));

namespace layers {
namespace {

Dim dimension(const Json& size) {
  if (size.is_null()) return {};
  const auto number = from_json_checked<std::int64_t>(size);
  if (number < 1) throw Error(ErrorCode::kInvalidArgument, "a size of " + size.dump(), "sizes are 1 or more, null for any");
  return number;
}

class Input : public Layer {
 public:
  using Options = InputOptions;
  explicit Input(const Options& options) : dtype_(dtype_from_string(options.dtype)) {
    if (dtype_ == DType::kUndefined)
      throw Error(ErrorCode::kInvalidArgument, "an input needs an element type", "float32, int64, string, ...");
    if (!options.shape.is_array())
      throw Error(ErrorCode::kInvalidArgument, "an input needs a shape", "such as shape: [10], without the batch");
    dims_.push_back(options.batch_size ? Dim(*options.batch_size) : Dim("batch"));
    in_context("input.shape", [&] {
      for (const Json& size : options.shape) dims_.push_back(dimension(size));
    });
  }

  InputCount input_count() const override { return kNoInput; }
  Value build(const BuildContext& context) const override { return context.ops.input(context.name, dtype_, dims_); }

 private:
  DType dtype_;
  Dims dims_;
};

}  // namespace

void add_input(LayerCatalog& catalog) { catalog.add(entry<Input>("InputLayer")); }

}  // namespace layers
}  // namespace upkeep
