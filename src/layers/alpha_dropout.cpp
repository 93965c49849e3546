// Dropout that keeps mean 0 and variance 1 of what selu gives (Klambauer et al. 2017): a dropped element becomes selu's lower limit
// -alpha scale, and all of them are moved by a and b:
//   a = ((1 - rate) (1 + rate alpha'^2))^-1/2      b = -a alpha' rate      alpha' = -alpha scale

#include <cmath>

#include "layers/layer.hpp"
#include "layers/shared/noise.hpp"

namespace upkeep {
namespace layers {

struct AlphaDropoutOptions {
  double rate = 0.5;
  Json noise_shape = nullptr;
  std::optional<std::int64_t> seed;
};

}  // namespace layers

template <>
const Settings settings<layers::AlphaDropoutOptions> = describe<layers::AlphaDropoutOptions>(
    "alpha_dropout", "dropout for selu, keeping mean and variance, while training",
    field("rate", &layers::AlphaDropoutOptions::rate, "share of the elements to drop", range(0.0, 1.0, Ends::kOpenRight)),
    field("noise_shape", &layers::AlphaDropoutOptions::noise_shape,
          "shape of the mask with the batch, null for the input's size: [null, 1, 10]"),
    field("seed", &layers::AlphaDropoutOptions::seed, "kept for Keras; here the run's own seed decides"));

namespace layers {
namespace {

class AlphaDropout : public Layer {
 public:
  using Options = AlphaDropoutOptions;

  explicit AlphaDropout(Options options) : options_(std::move(options)) {
    in_context("alpha_dropout.noise_shape", [&] { check_noise_shape(options_.noise_shape); });
  }

  Value build(const BuildContext& context) const override {
    constexpr double kLimit = -1.6732632423543772848170429916717 * 1.0507009873554804934193349852946;
    const Value x = context.inputs[0];
    const double rate = options_.rate;
    if (!context.training || rate == 0) return x;
    Ops& ops = context.ops;
    const double a = 1 / std::sqrt((1 - rate) * (1 + rate * kLimit * kLimit));
    const Value uniform = context.random("uniform", noise_dims(x.dims(), options_.noise_shape));
    const Value dropped = ops.less(uniform, static_cast<float>(rate));
    const Value mixed = ops.where(dropped, ops.constant(static_cast<float>(kLimit)), ops.cast(x, DType::kFloat32));
    return ops.add(ops.mul(mixed, static_cast<float>(a)), static_cast<float>(-a * kLimit * rate));
  }

  bool supports_masking() const override { return true; }

 private:
  Options options_;
};

}  // namespace

void add_alpha_dropout(LayerCatalog& catalog) { catalog.add(entry<AlphaDropout>("AlphaDropout")); }

}  // namespace layers
}  // namespace upkeep
