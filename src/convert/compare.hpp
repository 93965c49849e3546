// Proof that a conversion kept the answers: both models run on the same inputs, and each output is compared.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "graph/graph.hpp"

namespace upkeep {

struct OutputComparison {
  std::string output;  // the first model's name
  std::string other;   // the second model's name for it
  std::int64_t values = 0;
  double largest_absolute = 0;  // max |a - b|; infinite where one is not finite and the other differs
  double largest_relative = 0;  // max |a - b| / max(|a|, |b|), 0 where they are equal
};

struct Comparison {
  std::int64_t rows = 0;
  std::vector<OutputComparison> outputs;
  double largest_absolute() const;
  double largest_relative() const;
};
Json to_json(const Comparison& comparison);

// Runs both on `inputs` (named as the first model's inputs). Inputs and outputs go together by name, else by place.
// Throws Error{kInvalidArgument} when the models have different numbers of them, or outputs of different shapes.
Comparison compare(const Model& first, const Model& second, const Tensors& inputs);
// The same with answers of another program, by the first model's names. Its arithmetic is another one as well: where large terms cancel,
// what is left of them differs by their rounding. So relative differences are to the output's largest value.
Comparison compare(const Model& first, const Tensors& answers, const Tensors& inputs);

// `rows` rows for every input: normal numbers for floats, {0, 1} for integers and booleans. Unknown dimensions other than the first are 1.
Tensors random_inputs(const Model& model, std::int64_t rows, std::uint64_t seed);

}  // namespace upkeep
