// Proof that channels were taken out and nothing else: the graph without them answers as the graph in which they are zero wherever somebody
// sums over them.
#pragma once

#include <optional>
#include <set>

#include "optimize/removal/coupling.hpp"

namespace upkeep::removal {

// `model`, of which `coupling` was made, with each of these classes multiplied by zero in front of every sum over it.
Model with_zeros(Model model, const Coupling& coupling, const std::set<Slot>& gone);

// The largest difference of two models' outputs for made-up rows, relative to the largest number of that output. Infinity: other outputs or
// shapes, or numbers where the other has none. nullopt: nobody can make up rows (texts), or the runtime cannot run them.
std::optional<double> difference(const Model& one, const Model& other);

inline constexpr double kSameAnswers = 1e-3;  // what float32 may lose over a deep net

}  // namespace upkeep::removal
