// GaussianNoise: x + stddev n while training.   GaussianDropout: x (1 + sqrt(rate / (1 - rate)) n), the deviation that dropout of that rate
// has (Srivastava et al. 2014).   n standard normal

#include <cmath>

#include "layers/layer.hpp"
#include "layers/shared/noise.hpp"
#include "layers/view/layout.hpp"

namespace upkeep {
namespace layers {

struct GaussianNoiseOptions {
  double stddev = 0.1;
  std::optional<std::int64_t> seed;
};

struct GaussianDropoutOptions {
  double rate = 0.5;
  std::optional<std::int64_t> seed;
};

}  // namespace layers

template <>
const Settings settings<layers::GaussianNoiseOptions> = describe<layers::GaussianNoiseOptions>(
    "gaussian_noise", "adds normal noise while training",
    field("stddev", &layers::GaussianNoiseOptions::stddev, "its deviation", range(0.0, 1.0)),
    field("seed", &layers::GaussianNoiseOptions::seed, "kept for Keras; here the run's own seed decides"));
template <>
const Settings settings<layers::GaussianDropoutOptions> = describe<layers::GaussianDropoutOptions>(
    "gaussian_dropout", "multiplies by normal noise around 1 while training",
    field("rate", &layers::GaussianDropoutOptions::rate, "the dropout whose deviation it has", range(0.0, 1.0, Ends::kOpenRight)),
    field("seed", &layers::GaussianDropoutOptions::seed, "kept for Keras; here the run's own seed decides"));

namespace layers {
namespace {

class GaussianNoise : public Layer {
 public:
  using Options = GaussianNoiseOptions;
  explicit GaussianNoise(Options options) : options_(std::move(options)) {}
  Value build(const BuildContext& context) const override {
    const Value x = context.inputs[0];
    if (!context.training || options_.stddev == 0) return x;
    Ops& ops = context.ops;
    const auto stddev = static_cast<float>(options_.stddev);
    return elementwise(ops, x, [&](const Value& any_order) {
      const Value noise = normal_noise(context, noise_dims(any_order.dims()));
      return ops.add(ops.cast(any_order, DType::kFloat32), ops.mul(noise, stddev));
    });
  }
  bool supports_masking() const override { return true; }

 private:
  Options options_;
};

class GaussianDropout : public Layer {
 public:
  using Options = GaussianDropoutOptions;
  explicit GaussianDropout(Options options) : options_(std::move(options)) {}
  Value build(const BuildContext& context) const override {
    const Value x = context.inputs[0];
    if (!context.training || options_.rate == 0) return x;
    Ops& ops = context.ops;
    const auto deviation = static_cast<float>(std::sqrt(options_.rate / (1 - options_.rate)));
    return elementwise(ops, x, [&](const Value& any_order) {
      const Value factor = ops.add(ops.mul(normal_noise(context, noise_dims(any_order.dims())), deviation), 1.0F);
      return ops.mul(ops.cast(any_order, DType::kFloat32), factor);
    });
  }
  bool supports_masking() const override { return true; }

 private:
  Options options_;
};

}  // namespace

void add_gaussian_noise(LayerCatalog& catalog) {
  catalog.add(entry<GaussianNoise>("GaussianNoise"));
  catalog.add(entry<GaussianDropout>("GaussianDropout"));
}

}  // namespace layers
}  // namespace upkeep
