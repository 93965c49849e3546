// What model.compile() says: optimiser, losses, metrics. Kept in the model's metadata ("upkeep.training"), so that training goes on from
// any file that has it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/settings.hpp"
#include "graph/graph.hpp"
#include "train/trainable.hpp"

namespace upkeep {

// Of one output of a model that has several.
struct OutputCompile {
  NamedSettings loss{"mse", Json::object()};
  double loss_weight = 1;
  std::vector<std::string> metrics;
  std::vector<std::string> weighted_metrics;
};

struct Compile {
  NamedSettings optimizer{"adam", Json::object()};
  std::optional<NamedSettings> schedule;  // of the learning rate, in place of the optimiser's
  NamedSettings loss{"mse", Json::object()};
  std::vector<std::string> metrics;              // "mae", "precision:threshold=0.7"
  std::vector<std::string> weighted_metrics;     // the same, where rows count by their sample weights
  std::map<std::string, OutputCompile> outputs;  // by output, instead of `loss` and `metrics`; an output that is not named is not trained
  std::vector<WeightRate> rates;                 // layer-wise learning rates, frozen layers
  Json execution = Json::object();               // how Keras runs it, "steps_per_execution": kept for Keras, means nothing here
  Json foreign = Json::object();                 // losses, metrics, ... that are none of the catalogs, by the names that stand for them
                                                 // above, as Keras's file has them: they are kept, and training refuses them
  Json misfits = Json::object();                 // "loss", "metrics", ... of Keras's file that do not go with the model's outputs, likewise
};
Json to_json(const Compile& compile);
Compile compile_from_json(const Json& json);
// What the model was compiled with, if anything.
std::optional<Compile> compile_of(const Model& model);

}  // namespace upkeep
