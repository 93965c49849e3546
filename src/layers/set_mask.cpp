// A value with another mask than its layer gave it: what Keras says in a call, layer(x, mask=m).
//
// Inputs: the value, and the mask, bool [batch, time]. With `source: mask` the second input's own mask is taken instead, and without a
// second input there is none. With `source: made` it is the one that the input had when the model was made, before anything took masks
// away: what Keras 3 gives to a model inside. With `source: run` it keeps the mask that the input has when the model runs, and had none
// when the model was made: what passes the ends of a model inside. The value itself stays as it is.

#include "layers/layer.hpp"

namespace upkeep {
namespace layers {

struct SetMaskOptions {
  std::string source = "value";
};

}  // namespace layers

template <>
const Settings settings<layers::SetMaskOptions> =
    describe<layers::SetMaskOptions>("set_mask", "its first input, with another mask",
                                     field("source", &layers::SetMaskOptions::source,
                                           "what of the second input is the mask, its value or its own mask; made: the first input's own, "
                                           "as the model was made; run: its own, "
                                           "but none as the model was made",
                                           one_of({"value", "mask", "made", "run"})));

namespace layers {
namespace {

class SetMask : public Layer {
 public:
  using Options = SetMaskOptions;
  explicit SetMask(Options options) : options_(std::move(options)) {}

  InputCount input_count() const override { return {1, 2}; }
  Value build(const BuildContext& context) const override { return context.inputs[0]; }

  Value mask(const BuildContext& context) const override {
    if (options_.source == "made" || options_.source == "run") return context.mask(0);
    if (context.inputs.size() < 2) return {};
    return options_.source == "mask" ? context.mask(1) : context.ops.cast(context.inputs[1], DType::kBool);
  }

 private:
  Options options_;
};

}  // namespace

void add_set_mask(LayerCatalog& catalog) {
  LayerEntry made = entry<SetMask>("");  // an argument of a call in Keras
  made.aliases.clear();
  catalog.add(std::move(made));
}

}  // namespace layers
}  // namespace upkeep
