#include "layers/cleared_masks.hpp"

#include <algorithm>
#include <set>

namespace upkeep::layers {

namespace {

bool clears_masks(const LayerSpec& layer) {
  return layer.inputs.size() > 1 && catalog().at(layer.kind).make(layer.settings)->clears_masks();
}

}  // namespace

ClearedMasks::ClearedMasks(const Architecture& architecture) {
  if (architecture.mask_rules == MaskRules::kKeras2) return;
  std::vector<bool> clearing;
  for (const LayerSpec& layer : architecture.layers) clearing.push_back(clears_masks(layer));
  if (std::ranges::none_of(clearing, std::identity())) return;
  for (std::size_t when = 0; when < architecture.layers.size(); ++when) {
    const LayerSpec& layer = architecture.layers[when];
    order_[layer.name] = when;
    if (clearing[when])
      for (const std::string& input : layer.inputs) cleared_.emplace(input, when);
  }
}

bool ClearedMasks::before(const std::string& layer, const std::string& reference) const {
  const auto cleared = cleared_.find(reference);
  return cleared != cleared_.end() && cleared->second < order_.at(layer);
}

bool restores_mask(const LayerSpec& layer) { return layer.kind == "set_mask" && layer.settings.value("source", Json("value")) == "made"; }

void drop_needless_restorations(Architecture& architecture) {
  std::map<std::string, std::string> instead;  // of a layer that is dropped: what it reads
  std::set<std::string> lost;                  // values, and layers, that may miss the mask they had when the model was made
  const auto is_lost = [&](const std::string& input) { return lost.contains(input) || lost.contains(layer_of(input)); };
  std::vector<LayerSpec> kept;
  for (LayerSpec& layer : architecture.layers) {
    for (std::string& input : layer.inputs)
      if (const auto found = instead.find(input); found != instead.end()) input = found->second;
    if (restores_mask(layer)) {
      if (!is_lost(layer.inputs[0])) {
        instead[layer.name] = layer.inputs[0];
        continue;
      }
    } else if (std::ranges::any_of(layer.inputs, is_lost)) {
      lost.insert(layer.name);
    }
    if (clears_masks(layer)) lost.insert(layer.inputs.begin(), layer.inputs.end());
    kept.push_back(std::move(layer));
  }
  architecture.layers = std::move(kept);
  for (std::string& output : architecture.outputs)
    if (const auto found = instead.find(output); found != instead.end()) output = found->second;
}

}  // namespace upkeep::layers
