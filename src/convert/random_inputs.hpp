// Made-up data that a model accepts, and that looks like what it was made for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "graph/graph.hpp"
#include "runtime/session.hpp"

namespace upkeep {

// `rows` rows for every input, the same for the same seed. What reads an input says what its numbers are:
//   indices (of an Embedding's rows, of a Gather, of one-hot vectors)    whole numbers that there are, [0, rows)
//   pixels: a first scaling by one number around 1/255 or 1/127.5        whole numbers in [0, 255]; uint8 as well
//   features with a scaling of their own (Normalization)                 normal after that scaling
// Other floats are normal, other integers and booleans 0 or 1. The same symbol is the same size.
struct OpenSizes {  // of what the model leaves open
  std::int64_t any = 8;
  std::int64_t image = 32;  // where an input has four axes or more
};
Tensors random_inputs(const Model& model, std::int64_t rows, std::uint64_t seed, const OpenSizes& open = {});
// "image float32[n, 3, h, w] as [1, 3, 32, 32]" for each input of which more than the rows was open; empty where none was.
std::string made_up_sizes(const Model& model, const Tensors& inputs);
// How many of them say enough in little time: 64, fewer where rows are so large that these have more than a million numbers.
std::int64_t enough_rows(const Model& model, const OpenSizes& open = {});

// Made-up rows and the answers to them. Where the model leaves sizes open and does not take small ones (a window of sound, an image for
// strides of 32), larger ones are tried. Without `rows`, enough of them. Throws what the first try threw.
struct MadeUp {
  Tensors inputs;
  Tensors outputs;
};
MadeUp run_on_made_up(const Model& model, const Session& session, std::optional<std::int64_t> rows, std::uint64_t seed);

}  // namespace upkeep
