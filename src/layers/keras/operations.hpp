// Functions in Keras's functional models: operations of keras.ops in Keras 3, TFOpLambda and SlicingOpLambda in Keras 2.
#pragma once

#include "layers/keras/parts.hpp"

namespace upkeep::layers {

// Whether an entry of a model's list of layers is one: .keras files say the module, .h5 files show it by what is missing.
bool is_operation(const Json& entry);

// One call of it: the settings of a layer "operation", and the values that it reads.
struct OperationCall {
  Json settings;
  std::vector<Reference> reads;
};
// Throws Error{kUnsupported} with what is not known: the function, an argument.
OperationCall read_operation(const Json& entry, const Json& node);

// How Keras 3 writes a layer "operation": the entry, and what it is called with, where {"input": 0} still stands for the first value.
struct WrittenOperation {
  Json entry;
  Json arguments;
};
WrittenOperation write_operation(const LayerSpec& layer);

// x[..., 0] of an x of so many axes as x[:, :, 0]: Keras reads an ellipsis from .keras, and stumbles over it in .h5.
LayerSpec without_ellipsis(LayerSpec operation, std::size_t rank);

}  // namespace upkeep::layers
