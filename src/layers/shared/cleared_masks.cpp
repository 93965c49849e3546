#include "layers/shared/cleared_masks.hpp"

#include <algorithm>
#include <set>

#include "layers/view/same_answers.hpp"

namespace upkeep::layers {

namespace {

bool clears_masks(const LayerSpec& layer) {
  return layer.inputs.size() > 1 && catalog().at(layer.kind).make(layer.settings)->clears_masks();
}

}  // namespace

void SameValues::add(const LayerSpec& layer) {
  if (hides_mask(layer)) first_[layer.name] = of(layer.inputs.at(0));
}

const std::string& SameValues::of(const std::string& reference) const {
  const auto found = first_.find(reference);
  return found == first_.end() ? reference : found->second;
}

ClearedMasks::ClearedMasks(const Architecture& architecture) {
  if (architecture.mask_rules == MaskRules::kKeras2) return;
  std::vector<bool> clearing;
  for (const LayerSpec& layer : architecture.layers) clearing.push_back(clears_masks(layer));
  if (std::ranges::none_of(clearing, std::identity())) return;
  for (std::size_t when = 0; when < architecture.layers.size(); ++when) {
    const LayerSpec& layer = architecture.layers[when];
    order_[layer.name] = when;
    same_.add(layer);
    if (clearing[when])
      for (const std::string& input : layer.inputs) cleared_.emplace(same_.of(input), when);
  }
}

bool ClearedMasks::before(const std::string& layer, const std::string& reference) const {
  const auto cleared = cleared_.find(same_.of(reference));
  return cleared != cleared_.end() && cleared->second < order_.at(layer);
}

namespace {

bool is_set_mask(const LayerSpec& layer, std::string_view source) {
  return layer.kind == "set_mask" && layer.settings.value("source", "value") == source;
}

// Without the layers that `drops` names, each of which gives its first input.
template <typename Drops>
Architecture without(const Architecture& from, Drops drops) {
  Architecture made = from;
  std::map<std::string, std::string> instead;  // of a layer that is dropped: what it reads
  const auto redirect = [&](std::string& reference) {
    if (const auto found = instead.find(reference); found != instead.end()) reference = found->second;
  };
  made.layers.clear();
  for (LayerSpec layer : from.layers) {
    std::ranges::for_each(layer.inputs, redirect);
    if (drops(layer)) instead[layer.name] = layer.inputs[0];
    else made.layers.push_back(std::move(layer));
  }
  std::ranges::for_each(made.outputs, redirect);
  return made;
}

void drop_needless_restorations(Architecture& architecture) {
  std::set<std::string> lost;  // values, and layers, that may miss the mask they had when the model was made
  SameValues same;
  const auto is_lost = [&](const std::string& input) {
    return lost.contains(same.of(input)) || lost.contains(input) || lost.contains(layer_of(input));
  };
  architecture = without(architecture, [&](const LayerSpec& layer) {
    same.add(layer);
    const bool reads_lost = std::ranges::any_of(layer.inputs, is_lost);
    if (restores_mask(layer) && !reads_lost) return true;
    if (!restores_mask(layer) && reads_lost) lost.insert(layer.name);
    if (clears_masks(layer))
      for (const std::string& input : layer.inputs) lost.insert(same.of(input));
    return false;
  });
}

}  // namespace

bool restores_mask(const LayerSpec& layer) { return is_set_mask(layer, "made"); }
bool hides_mask(const LayerSpec& layer) { return is_set_mask(layer, "run"); }

void drop_needless_masks(Architecture& architecture) {
  drop_needless_restorations(architecture);
  if (std::ranges::none_of(architecture.layers, hides_mask)) return;
  Architecture shown = without(architecture, hides_mask);
  if (same_answers(architecture, shown)) architecture = std::move(shown);
}

}  // namespace upkeep::layers
