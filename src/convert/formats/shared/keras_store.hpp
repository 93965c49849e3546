// Weights as .keras and .weights.h5 files keep them: by the place of a layer in the model, not by its name.
//
//   /layers/dense/vars/0, 1, ...            the variables of the first Dense; attribute name on vars: the layer's name
//   /layers/lstm/cell/vars/0, 1, 2          of a part of a layer
//   /layers/functional/layers/dense/vars/0  of a layer in a model inside
//   /optimizer/vars/0, 1, ...               iteration, learning rate (unless a schedule gives it), slots
#pragma once

#include "convert/formats/shared/hdf5.hpp"
#include "convert/formats/shared/keras.hpp"

namespace upkeep::formats {

// Adds what `root` holds to file.weights and file.optimizer; variables that are there already are Error{kCorrupt}.
void read_places(const hdf5::Group& root, KerasFile& file);
// A whole file of them, as bytes.
std::string write_places(const KerasFile& file);

}  // namespace upkeep::formats
