#include "layers/shared/initializers.hpp"
#include "layers/view/architecture.hpp"

namespace upkeep {

const Tensor* find(const Weights& weights, std::string_view name) {
  for (const auto& [key, tensor] : weights)
    if (key == name) return &tensor;
  return nullptr;
}

Weights initial_weights(const Architecture& architecture, std::uint64_t seed, const Weights& keep) {
  Weights weights;
  for (const NamedWeight& wanted : weight_specs(architecture)) {
    const Tensor* kept = find(keep, wanted.name);
    const bool fits = kept && kept->shape() == wanted.spec.shape && kept->dtype() == DType::kFloat32;
    weights.emplace_back(wanted.name, fits ? *kept : in_context("weight \"" + wanted.name + "\"", [&] {
                           return layers::initial_values(wanted.spec.initializer, wanted.spec.shape, seed, wanted.name);
                         }));
  }
  return weights;
}

}  // namespace upkeep
