// A small decision tree that says what the model says, as far as a small tree can: for people who want to read the model as rules.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "explain/subject.hpp"

namespace upkeep::explain {

struct SurrogateOptions {
  int depth = 4;
  std::int64_t least_rows = 5;  // of a leaf
  double held_out = 0.25;       // share of the rows that the tree is judged by
  std::int64_t rows = 5000;     // at most, drawn by seed
  std::uint64_t seed = 0;
};

struct SurrogateNode {
  std::size_t feature = 0;     // of the subject
  double threshold = 0;        // numbers up to it go left; missing ones go right
  std::string level;           // of other features: that value goes left; empty: a number
  int left = -1, right = -1;   // places; -1: a leaf
  std::vector<double> answer;  // mean of the model's answers: of all classes, else of the explained element
  std::int64_t rows = 0;
  bool leaf() const { return left < 0; }
};

struct Surrogate {
  std::vector<SurrogateNode> nodes;  // the root first
  double r2 = 0;                     // of the explained element, on held-out rows: 1 - squared error / variance; 1 where neither varies
  double agreement = 0;              // share of held-out rows where the tree decides as the model does; NaN of numbers
  std::int64_t held_out_rows = 0;
  int leaves() const;
  // One line for each leaf: "bmi <= 0.04 and s5 > 0.01: 173.2 (61 rows)".
  std::vector<std::string> rules(const Subject& subject, std::int64_t element) const;
};

// CART (Breiman et al. 1984) on the model's answers to the rows: the split that leaves the least squared error. Throws
// Error{kInvalidArgument}: fewer rows than a tree and its judgement need, no single-element feature; {kFailedPrecondition}: an answer that
// is not finite.
Surrogate fit_surrogate(const Subject& subject, const Tensors& rows, std::int64_t element, const SurrogateOptions& options = {});
Json to_json(const Surrogate& surrogate, const Subject& subject, std::int64_t element);

}  // namespace upkeep::explain
