// A step whose features all equal mask_value does not count: what follows skips it. Its features become 0.

#include "layers/layer.hpp"

namespace upkeep {
namespace layers {

struct MaskingOptions {
  double mask_value = 0;
};

}  // namespace layers

template <>
const Settings settings<layers::MaskingOptions> =
    describe<layers::MaskingOptions>("masking", "skips the steps of a sequence that hold one value only",
                                     field("mask_value", &layers::MaskingOptions::mask_value, "the value"));

namespace layers {
namespace {

class Masking : public Layer {
 public:
  using Options = MaskingOptions;
  explicit Masking(const Options& options) : options_(options) {}

  Value build(const BuildContext& context) const override {
    Ops& ops = context.ops;
    const Value x = ops.cast(context.inputs[0], DType::kFloat32);
    if (x.rank() < 3) throw Error(ErrorCode::kInvalidArgument, "it expects [batch, time, features], got " + to_string(x.dims()));
    return ops.where(counts(ops, x, true), x, ops.constant(0.0F));
  }

  Value mask(const BuildContext& context) const override {
    return counts(context.ops, context.ops.cast(context.inputs[0], DType::kFloat32), false);
  }

 private:
  // Whether any feature of a step differs.
  Value counts(Ops& ops, Value x, bool keepdims) const {
    const Value equal = ops.equal(x, ops.constant(static_cast<float>(options_.mask_value)));
    const Value differs = ops.cast(ops.node("Not", {equal}), DType::kFloat32);
    return ops.cast(ops.reduce_max(differs, {-1}, keepdims), DType::kBool);
  }

  Options options_;
};

}  // namespace

void add_masking(LayerCatalog& catalog) { catalog.add(entry<Masking>("Masking")); }

}  // namespace layers
}  // namespace upkeep
