// The part of a model that reads texts. Nothing in it is trained, so it runs once for all rows, and what it gives takes the texts' place
// among the inputs of the graph that is trained.
#pragma once

#include <optional>

#include "train/trainable.hpp"

namespace upkeep {

// Takes that part out of `forward`: a model from texts (and what else it reads) to numbers, each output an input of the graph that is left.
// None where the graph reads no texts. Throws Error{kUnsupported} where an output is of texts itself.
std::optional<Model> take_out_texts(Forward& forward);

}  // namespace upkeep
