// What is trained: a model seen as layers, or, where it has none that we know, the graph that it is.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "layers/view/architecture.hpp"

namespace upkeep {

enum class Phase { kTraining, kEvaluation };

// A forward graph whose weights are inputs, so that one session serves all values of them. Values by name; it has no outputs yet.
struct Forward {
  Model model;
  std::vector<std::string> data;                             // the model's own inputs; the first dimension is "batch"
  std::vector<std::pair<std::string, std::string>> outputs;  // the model's name for it, the value
  std::map<std::string, std::string> masks;                  // the model's name of an output, a value bool [batch, time]: steps that count
  std::vector<std::pair<std::string, Dims>> random;          // inputs to fill with uniform [0, 1) numbers for each run
  std::vector<std::pair<std::string, Json>> activity_penalties;  // value, regularizer
  std::vector<std::pair<std::string, std::string>> updates;      // weight that is not trained, what it is after this step
  layers::MaskRules mask_rules = layers::MaskRules::kKeras3;
};

// How fast weights learn: the optimiser's rate times `multiplier`. `pattern` is a shell pattern over "LAYER/WEIGHT" ("*/bias",
// "block_?/*"), or a layer's name for all its weights.
struct WeightRate {
  std::string pattern;
  double multiplier = 1;  // 0 freezes
};

// Immutable.
//
// A graph without layers is trained as it is: its weights are the float32 initializers of rank 1 and more that an operator computes with;
// scales of a quantisation and other settings (train/graph_weights.hpp) are weights where a rate names them. BatchNormalization then takes
// the statistics of the batch and moves its mean and variance, and Dropout drops.
class Trainable {
 public:
  // Throws Error{kInvalidArgument} when a pattern fits no weight, {kUnsupported} when the model cannot be trained.
  explicit Trainable(const Model& model, const std::vector<WeightRate>& rates = {});

  const Model& model() const { return model_; }  // in our form where it has layers; its weights are initializers
  bool layered() const { return layered_; }
  const std::vector<NamedWeight>& weights() const { return weights_; }     // those frozen by a rate are not trainable
  const std::vector<double>& multipliers() const { return multipliers_; }  // one per weight
  Weights values() const;                                                  // of weights()
  // Throws Error{kUnsupported} where a graph has nothing that training could change.
  void expect_weights() const;
  Forward forward(Phase phase) const;
  // Equal for two models that are the same but for the values of their weights.
  Json identity() const;

 private:
  void find_graph_weights(const std::vector<WeightRate>& rates);
  void apply_rates(const std::vector<WeightRate>& rates);
  Forward forward_of_layers(Phase phase) const;
  Forward forward_of_graph(Phase phase) const;

  Model model_;
  bool layered_ = true;
  Architecture architecture_;
  std::vector<NamedWeight> weights_;
  std::vector<double> multipliers_;
  std::vector<std::string> settings_;  // initializers of a graph that are no weights unless asked for
};

}  // namespace upkeep
