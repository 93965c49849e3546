// Proof that channels were taken out and nothing else: the graph without them answers as the graph in which they are zero wherever somebody
// sums over them.
#pragma once

#include <optional>
#include <set>

#include "optimize/removal/coupling.hpp"

namespace upkeep::removal {

// `model`, of which `coupling` was made, with each of these classes multiplied by zero in front of every sum over it.
Model with_zeros(Model model, const Coupling& coupling, const std::set<Slot>& gone);

// The largest difference of two models' floating outputs (of all, where none is) for made-up rows, relative to the largest number of that
// output. Infinity: other outputs or shapes, or numbers where the other has none. nullopt: nobody can make up rows (texts), the runtime
// cannot run them, or the model answers the same rows otherwise each time (it draws numbers).
std::optional<double> difference(const Model& one, const Model& other);

// What rounding may make of it over a deep net, in the types that the model computes in.
double rounding_of(const Model& model);

}  // namespace upkeep::removal
