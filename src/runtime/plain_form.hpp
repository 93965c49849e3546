// One notion of a model's inputs, weights and outputs, whatever its file says them with:
//
//   in an ONNX file                                                    in plain form
//   initializers that are listed among the inputs too (IR version 3)   initializers: weights, which a run is not asked for
//   Constant nodes of several floats                                   initializers
//   outputs that are sequences of maps (scikit-learn's ZipMap)         tensors float32 [rows, classes]
//
// Every command works on the plain form. The first and the last are noted in the model's metadata, so that an ONNX file is written as it
// was read.
#pragma once

#include "graph/graph.hpp"

namespace upkeep {

void to_plain_form(Model& model);

// Writes inputs and outputs as the file had them that the model was read from, as far as they are still there.
void to_file_form(Model& model);

}  // namespace upkeep
