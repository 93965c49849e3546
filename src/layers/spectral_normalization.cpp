// A layer whose kernel is kept at a spectral norm of 1 (Miyato et al. 2018).
//
// Keras divides the stored kernel by its norm at the beginning of each training step, and at inference takes it as it is stored. So a
// trained model is the layer inside, which is what runs here; training is refused, since here nothing but the optimiser changes a kernel.
// Weights: those of the layer inside, then vector_u [1, outputs].

#include <algorithm>

#include "base/format.hpp"
#include "layers/layer.hpp"
#include "layers/view/nested.hpp"

namespace upkeep {
namespace layers {

struct SpectralNormalizationOptions {
  Json layer = nullptr;
  std::int64_t power_iterations = 1;
  bool trainable = true;
};

}  // namespace layers

template <>
const Settings settings<layers::SpectralNormalizationOptions> = describe<layers::SpectralNormalizationOptions>(
    "spectral_normalization", "a layer whose kernel was trained at a spectral norm of 1",
    field("layer", &layers::SpectralNormalizationOptions::layer, "the layer: {dense: {units: 8}}; must be given"),
    field("power_iterations", &layers::SpectralNormalizationOptions::power_iterations, "kept for Keras, which trains with it",
          range(1, 1 << 20)),
    field("trainable", &layers::SpectralNormalizationOptions::trainable, "whether training changes its weights"));

namespace layers {
namespace {

class SpectralNormalization : public Layer {
 public:
  using Options = SpectralNormalizationOptions;

  explicit SpectralNormalization(const Options& options) {
    if (options.layer.is_null())
      throw Error(ErrorCode::kInvalidArgument, "spectral_normalization needs a layer", "such as layer: {dense: {units: 8}}");
    in_context("spectral_normalization.layer", [&] {
      LayerSpec spec = read_nested(options.layer);
      if (!options.trainable && has_setting(spec, "trainable")) spec.settings["trainable"] = false;
      kind_ = spec.kind;
      layer_ = make_nested(spec);
    });
  }

  std::vector<WeightSpec> weights(const std::vector<Dims>& inputs) const override {
    std::vector<WeightSpec> all = in_part(layer_->weights(inputs), "layer");
    const auto normalized =
        std::ranges::find_if(all, [](const WeightSpec& one) { return one.name == "kernel" || one.name == "embeddings"; });
    if (normalized == all.end())
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("{} has neither a kernel nor embeddings", kind_),
                  "dense, conv2d or embedding");
    normalized->also_in = "";
    all.push_back({.name = "vector_u",
                   .shape = {1, normalized->shape.back()},
                   .initializer = {{"class_name", "TruncatedNormal"}, {"config", {{"stddev", 0.02}}}},
                   .trainable = false});
    return all;
  }

  Value build(const BuildContext& context) const override {
    if (context.training)
      throw Error(ErrorCode::kUnsupported, "spectral_normalization: training would have to change the kernel in the middle of a step",
                  upkeep::format("put the {} inside in its place and train without it", kind_));
    return layer_->build(nested_context(context, "", context.inputs));
  }

 private:
  std::string kind_;
  std::unique_ptr<Layer> layer_;
};

}  // namespace

void add_spectral_normalization(LayerCatalog& catalog) {
  LayerEntry made = entry<SpectralNormalization>("SpectralNormalization");
  made.not_trained = "its kernel changes in the middle of a step";
  catalog.add(std::move(made));
}

}  // namespace layers
}  // namespace upkeep
