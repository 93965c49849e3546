#include "train/counted_steps.hpp"

#include "layers/view/build.hpp"
#include "train/trainer.hpp"

namespace upkeep {

std::optional<CountedSteps> counted_steps(const Model& model, const Tensors& inputs, const Tensor& predictions, std::int64_t batch_size,
                                          const std::string& name) {
  if (!find(model.metadata, kLayersKey)) return std::nullopt;
  const LayeredModel layered = with_layers(model);
  const std::optional<Model> masks = build_mask_model(layered.architecture, layered.weights);
  const std::string& output = name.empty() ? model.graph.outputs.front().name : name;
  if (!masks || !std::ranges::contains(masks->graph.outputs, output, &ValueInfo::name)) return std::nullopt;
  CountedSteps steps{.mask = predict(*masks, inputs, batch_size).at(output),
                     .all_metrics_heed = layered.architecture.mask_rules == layers::MaskRules::kKeras2};
  return steps.mask.rank() >= predictions.rank() ? std::nullopt : std::optional(std::move(steps));
}

}  // namespace upkeep
