// What a Keras whole-model file says, whatever container it is in: the configuration, the weights of each layer, the compile settings and
// the optimiser's variables. Knows the differences between what Keras 2 and Keras 3 write; knows nothing of HDF5.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "graph/graph.hpp"
#include "layers/keras/json.hpp"

namespace upkeep {
struct TrainingRecord;
}  // namespace upkeep

namespace upkeep::formats {

using NamedTensors = std::vector<std::pair<std::string, Tensor>>;

// The name of a lookup's weights of tokens, which stand beside the numbered variables.
inline constexpr const char* kTokenWeights = "idf_weights";

// How a file says whose weights are whose.
enum class WeightNames {
  kLayers,  // .h5: by the layer's name, with names of their own
  kPlaces,  // .keras and .weights.h5: by the layer's place, "layers/dense/cell", numbered
};

struct KerasFile {
  std::string version;             // of the Keras that wrote it: "2.15.0", "3.9.0"
  std::string backend = {};        // that computed: "tensorflow", "theano"
  Json model_config = nullptr;     // {"class_name": "Sequential", "config": {...}}; null: weights alone
  Json training_config = nullptr;  // what model.compile() said; null: nothing
  WeightNames names = WeightNames::kLayers;
  std::vector<std::pair<std::string, NamedTensors>> weights;  // by layer or place
  NamedTensors optimizer;                                     // the optimiser's variables, in the file's order; names may be numbers
  std::map<std::string, std::string> vocabularies = {};       // that layers were adapted to, by place: tokens, one a line
  Json metadata = Json::object();                             // what Keras has no place for: column and class names, what was pruned, ...
};

// Throws Error naming the layer: one that we do not have, weights that are missing or of another shape. Compile settings that we do not
// have are noted on stderr and left out.
Model model_from_keras(const KerasFile& file, const layers::StandIns& stand_ins = {});
// The weights alone, for a model that somebody else describes. Throws Error naming the layer.
Weights weights_from_keras(const KerasFile& file, const Architecture& architecture, const std::vector<layers::KerasPlace>& places);
// As Keras 3 writes it. A graph without a layer view gets one by recognition; Error{kUnsupported} where that fails.
KerasFile keras_from_model(const Model& model, WeightNames names);

// --- the parts about training (keras_training.cpp) -----------------------------------------------------------------

// Compile settings, progress and optimiser slots of the file, whose model is `keras`, into the model's metadata and training tensors.
void read_training(const KerasFile& file, const layers::KerasModel& keras, Model& model);
// Compile settings that Keras has no place for, of what this program kept beside: where the file still says what was written with them.
void take_fuller_compile(const TrainingRecord& kept, TrainingRecord& read, const Model& model);
// And back. Nothing where the model was not compiled. Keras keeps the slots in the order of its lists of layers, `places`.
void write_training(const LayeredModel& layered, const std::vector<layers::KerasPlace>& places, KerasFile& file);

}  // namespace upkeep::formats
