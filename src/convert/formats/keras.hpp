// What a Keras whole-model file says, whatever container it is in: the configuration, the weights of each layer, the compile settings and
// the optimiser's variables. Knows the differences between what Keras 2 and Keras 3 write; knows nothing of HDF5.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "graph/graph.hpp"

namespace upkeep::formats {

using NamedTensors = std::vector<std::pair<std::string, Tensor>>;

struct KerasFile {
  std::string version;                                       // of the Keras that wrote it: "2.15.0", "3.9.0"
  Json model_config;                                         // {"class_name": "Sequential", "config": {...}}
  Json training_config = nullptr;                            // what model.compile() said; null: nothing
  std::vector<std::pair<std::string, NamedTensors>> layers;  // by layer; weights under the names that the file gives them
  NamedTensors optimizer;                                    // the optimiser's variables, in the file's order
  Json metadata = Json::object();                            // what Keras has no place for: column and class names, what was pruned, ...
};

// Throws Error naming the layer: one that we do not have, weights that are missing or of another shape. Compile settings that we do not
// have are noted on stderr and left out.
Model model_from_keras(const KerasFile& file);
// As Keras 3 writes it. A graph without a layer view gets one by recognition; Error{kUnsupported} where that fails.
KerasFile keras_from_model(const Model& model);

// --- the parts about training (keras_training.cpp) -----------------------------------------------------------------

// Compile settings, progress and optimiser slots of the file into the model's metadata and training tensors.
void read_training(const KerasFile& file, Model& model);
// And back. Nothing where the model was not compiled.
void write_training(const Model& model, KerasFile& file);

}  // namespace upkeep::formats
