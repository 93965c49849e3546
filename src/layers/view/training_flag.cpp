#include "layers/view/training_flag.hpp"

#include <algorithm>

#include "layers/layer.hpp"
#include "layers/view/nested.hpp"

namespace upkeep::layers {
namespace {

// Settings that say how much random change a layer makes in training, and 0 for none.
constexpr const char* kAmounts[] = {"dropout", "recurrent_dropout"};

bool is_noise(const std::string& kind) { return kind.contains("dropout") || kind == "gaussian_noise" || kind == "stochastic_depth"; }

const char* amount_of_noise(const std::string& kind) { return kind == "gaussian_noise" ? "stddev" : "rate"; }

bool augments(const std::string& kind) {
  static const std::vector<std::string> kOthers = {"aug_mix", "cut_mix", "mix_up", "rand_augment", "solarization"};
  return kind.starts_with("random_") || std::ranges::contains(kOthers, kind);
}

double number(const Json& settings, const std::string& name, double fallback) {
  const Json value = member(settings, name);
  return value.is_number() ? value.get<double>() : fallback;
}

bool is_trainable(const Json& settings) { return member(settings, "trainable") != false; }

// The layers in a wrapper, by the settings that hold them.
constexpr const char* kInside[] = {"layer", "backward_layer"};

}  // namespace

bool differs_in_training(const LayerSpec& layer) {
  const Json& settings = layer.settings;
  if (layer.kind == "batch_normalization") return is_trainable(settings);  // frozen, it keeps its statistics in any case
  if (is_noise(layer.kind)) return number(settings, amount_of_noise(layer.kind), 1) > 0;
  if (augments(layer.kind)) return true;
  if (std::ranges::any_of(kAmounts, [&](const char* name) { return number(settings, name, 0) > 0; })) return true;
  return std::ranges::any_of(kInside, [&](const char* name) {
    const Json inside = member(settings, name);
    return !inside.is_null() && differs_in_training(read_nested(inside));
  });
}

bool says_training(const Json& entry) {
  const std::string kind = text(entry, "class_name");
  static const std::vector<std::string> kWithoutDefault = {
      "BatchNormalization", "Bidirectional", "Functional", "GroupQueryAttention", "Model",
      "MultiHeadAttention", "Pipeline",      "Sequential", "TimeDistributed",     "GroupedQueryAttention"};
  return std::ranges::contains(kWithoutDefault, kind) || kind.starts_with("Random");
}

LayerSpec quiet_in_training(LayerSpec layer) {
  if (layer.kind == "batch_normalization") layer.settings["trainable"] = false;
  if (is_noise(layer.kind)) layer.settings[amount_of_noise(layer.kind)] = 0;
  for (const char* name : kAmounts)
    if (number(layer.settings, name, 0) > 0) layer.settings[name] = 0;
  for (const char* name : kInside)
    if (const Json inside = member(layer.settings, name); !inside.is_null())
      layer.settings[name] = nested_setting(quiet_in_training(read_nested(inside)));
  return layer;
}

}  // namespace upkeep::layers
