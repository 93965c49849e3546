// SpatialDropout1D, 2D, 3D: dropout of whole channels (Tompson et al. 2015), one random number per example and channel.

#include "base/format.hpp"
#include "layers/layer.hpp"
#include "layers/shared/noise.hpp"

namespace upkeep {
namespace layers {

struct SpatialDropout1DOptions {
  double rate = 0.5;
  std::optional<std::int64_t> seed;
};

template <int kAxes>
struct SpatialDropoutOptions {
  double rate = 0.5;
  std::optional<std::string> data_format;
  std::optional<std::int64_t> seed;
};

template <int kAxes>
static Settings describe_spatial_dropout(std::string name) {
  using Options = SpatialDropoutOptions<kAxes>;
  return describe<Options>(std::move(name), "zeroes random channels while training",
                           field("rate", &Options::rate, "share of the channels to drop", range(0.0, 1.0)),
                           field("data_format", &Options::data_format, "where the channels are; null for channels_last",
                                 one_of({"channels_last", "channels_first"})),
                           field("seed", &Options::seed, "kept for Keras; here the run's own seed decides"));
}

}  // namespace layers

template <>
const Settings settings<layers::SpatialDropout1DOptions> = describe<layers::SpatialDropout1DOptions>(
    "spatial_dropout_1d", "zeroes random channels while training",
    field("rate", &layers::SpatialDropout1DOptions::rate, "share of the channels to drop", range(0.0, 1.0)),
    field("seed", &layers::SpatialDropout1DOptions::seed, "kept for Keras; here the run's own seed decides"));
template <>
const Settings settings<layers::SpatialDropoutOptions<2>> = layers::describe_spatial_dropout<2>("spatial_dropout_2d");
template <>
const Settings settings<layers::SpatialDropoutOptions<3>> = layers::describe_spatial_dropout<3>("spatial_dropout_3d");

namespace layers {
namespace {

template <int kAxes, typename O>
class SpatialDropout : public Layer {
 public:
  using Options = O;
  explicit SpatialDropout(Options options) : options_(std::move(options)) {}

  Value build(const BuildContext& context) const override {
    const Value x = context.inputs[0];
    if (x.rank() != kAxes + 2)
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("it expects an input of {} axes, got {}", kAxes + 2, to_string(x.dims())));
    if (!context.training || options_.rate == 0) return x;
    Dims noise = x.dims();
    for (std::size_t i = channels_first() ? 2 : 1; i < (channels_first() ? noise.size() : noise.size() - 1); ++i) noise[i] = 1;
    return drop(context, x, options_.rate, noise_dims(noise));
  }

  bool supports_masking() const override { return true; }

 private:
  bool channels_first() const {
    if constexpr (requires { options_.data_format; }) return options_.data_format == "channels_first";
    else return false;
  }

  Options options_;
};

}  // namespace

void add_spatial_dropout(LayerCatalog& catalog) {
  catalog.add(entry<SpatialDropout<1, SpatialDropout1DOptions>>("SpatialDropout1D"));
  catalog.add(entry<SpatialDropout<2, SpatialDropoutOptions<2>>>("SpatialDropout2D"));
  catalog.add(entry<SpatialDropout<3, SpatialDropoutOptions<3>>>("SpatialDropout3D"));
}

}  // namespace layers
}  // namespace upkeep
