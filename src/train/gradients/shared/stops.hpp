// What stops gradients between a value and what it depends on: integers, comparisons, arithmetic on quantised numbers, steps.
#pragma once

#include <string>
#include <vector>

#include "train/gradients/shared/path.hpp"

namespace upkeep::gradients {

// Operators are described as "Cast "c" of layer "dense_1"".
struct Stops {
  std::vector<std::string> quantised;  // operators that compute with the integers of a quantisation, which have no gradient
  std::vector<std::string> unreached;  // sources that a target depends on and that no gradient reaches
  std::vector<std::string> walls;      // the operators at which every way to those ends
  bool flat = false;                   // all walls are constant almost everywhere (Round, Sign): 0 is the gradient
  std::vector<std::string> partial;    // operators at which one way to a source ends that a gradient reaches on another
  std::vector<std::string> idle;       // sources that no target depends on
};

// A target depends on a value by numbers and by choices (indices, conditions), not by shapes. Sub-graphs are looked into: what stops a
// gradient there is partial.
Stops find_stops(Ops& ops, const Path& path, const Names& targets, const Names& sources);

// Throws Error{kUnsupported} naming operators and sources: for quantised arithmetic always; for sources that no gradient reaches, unless
// all walls are flat, when they were asked for by name or none of the sources is reached.
void refuse_stops(const Stops& stops, bool by_name, std::size_t sources);

// What is not an error, in sentences for people.
std::vector<std::string> told(const Stops& stops);

}  // namespace upkeep::gradients
