#include "layers/cleared_masks.hpp"

#include <algorithm>
#include <numeric>

namespace upkeep::layers {
namespace {

// Keras runs a model by depth: the layers first from which the way to the end is longest.
std::vector<std::size_t> order_of(const Architecture& architecture) {
  const std::vector<LayerSpec>& all = architecture.layers;
  std::map<std::string, std::size_t> depths;
  for (std::size_t i = all.size(); i-- > 0;)
    for (const std::string& input : all[i].inputs) {
      std::size_t& depth = depths[layer_of(input)];
      depth = std::max(depth, depths[all[i].name] + 1);
    }
  std::vector<std::size_t> order(all.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, std::greater(), [&](std::size_t i) { return depths[all[i].name]; });
  return order;
}

}  // namespace

ClearedMasks::ClearedMasks(const Architecture& architecture) {
  if (architecture.mask_rules == MaskRules::kKeras2) return;
  const auto clears = [](const LayerSpec& layer) { return catalog().at(layer.kind).make(layer.settings)->clears_masks(); };
  std::vector<bool> clearing;
  for (const LayerSpec& layer : architecture.layers) clearing.push_back(layer.inputs.size() > 1 && clears(layer));
  if (std::ranges::none_of(clearing, std::identity())) return;
  const std::vector<std::size_t> order = order_of(architecture);
  for (std::size_t when = 0; when < order.size(); ++when) {
    const LayerSpec& layer = architecture.layers[order[when]];
    order_[layer.name] = when;
    if (clearing[order[when]])
      for (const std::string& input : layer.inputs) cleared_.emplace(input, when);
  }
}

bool ClearedMasks::before(const std::string& layer, const std::string& reference) const {
  const auto cleared = cleared_.find(reference);
  return cleared != cleared_.end() && cleared->second < order_.at(layer);
}

}  // namespace upkeep::layers
