// Dead channels: those whose removal changes no answer. What a channel is multiplied by is all zero, or the channel is the same number in
// every run, which goes into the biases of those who sum over it.
#pragma once

#include <set>

#include "optimize/removal/coupling.hpp"

namespace upkeep::removal {

// The dead channels of a model. Where one is a number other than zero, biases of `model` take it in; no other weight changes, so that
// cut() is what remains to be done. At least one channel of each axis stays. Answers are the same up to rounding, for finite inputs.
std::set<Slot> dead_channels(Model& model, const Coupling& coupling);

}  // namespace upkeep::removal
