// Made-up data that a model accepts, and that looks like what it was made for.
#pragma once

#include <cstdint>

#include "graph/graph.hpp"

namespace upkeep {

// `rows` rows for every input, the same for the same seed. What reads an input says what its numbers are:
//   indices (of an Embedding's rows, of a Gather, of one-hot vectors)    whole numbers that there are, [0, rows)
//   pixels: a first scaling by one number around 1/255 or 1/127.5        whole numbers in [0, 255]; uint8 as well
//   features with a scaling of their own (Normalization)                 normal after that scaling
// Other floats are normal, other integers and booleans 0 or 1. Sizes that the model leaves open: 8, and 32 where an input has four axes
// or more; the same symbol is the same size.
Tensors random_inputs(const Model& model, std::int64_t rows, std::uint64_t seed);
// How many of them say enough in little time: 64, fewer where rows are so large that these have more than a million numbers.
std::int64_t enough_rows(const Model& model);

}  // namespace upkeep
