// Proof that a conversion kept the answers: both models run on the same inputs, and each output is compared.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "graph/graph.hpp"
#include "runtime/session.hpp"

namespace upkeep {

// How far two values are apart. NaN equals NaN and infinity itself; where only one of two elements is finite, all differences are infinite.
struct OutputComparison {
  std::string output;  // the first model's name
  std::string other;   // the second model's name for it
  std::int64_t values = 0;
  double largest_absolute = 0;  // max |a - b|
  // max |a - b| / max(|a|, |b|, scale). The scale is the root mean square of the value's finite elements, of whichever model has the larger
  // one: an element that came out near zero because its terms cancelled carries the rounding of its terms, which are as large as its
  // neighbours', so its own size says nothing about how well it was computed.
  double largest_relative = 0;
  // The largest relative difference among those that count. One below float32's step beside 1 (2^-23) does not: a probability of 1e-5 is
  // made from numbers near 1, whose rounding it carries. Of models that compute probabilities, four such steps do not count; of others all
  // differences do where all values lie below the step.
  double largest_counted = 0;
  double largest_ulp = 0;  // float32 numbers from a to b: 1 for neighbours. What is not float32 is rounded to it first
  std::int64_t row = 0;    // where the largest relative difference is: the index along the first axis
};
Json to_json(const OutputComparison& output);
enum class Values { kAny, kProbabilities };
OutputComparison compare_values(const std::string& output, const Tensor& first, const std::string& other, const Tensor& second,
                                Values values = Values::kAny);

struct Comparison {
  std::int64_t rows = 0;
  std::vector<OutputComparison> outputs;
  double largest_absolute() const;
  double largest_relative() const;
  double largest_counted() const;
  double largest_ulp() const;
};
Json to_json(const Comparison& comparison);

// Runs both on `inputs` (named as the first model's inputs; cast where the second takes another float type). Inputs and outputs go together
// by name, else by place. Throws Error{kInvalidArgument} when the models have different numbers of them, or outputs of different shapes.
Comparison compare(const Model& first, const Model& second, const Tensors& inputs);
// The same with the answers of another program to `inputs`, by the model's names.
Comparison compare(const Model& first, const Tensors& answers, const Tensors& inputs);

// The relative difference that the coarsest floating-point type in the two graphs accounts for. float32: 1e-5, long sums done in another
// order. float16: 1e-2 and bfloat16: 8e-2, about 20 roundings of stored values (unit roundoff 2^-11 and 2^-8).
double expected_difference(const Model& first, const Model& second);

// The largest differences that may count: of all outputs, or of one by its name in the first model.
struct Tolerance {
  std::optional<double> all;  // nullopt: expected_difference()
  std::map<std::string, double> of_outputs;
  std::optional<double> of(const std::string& output) const;
};
// The outputs that differ by more, the worst first. With a tolerance of 0 all differences count.
std::vector<OutputComparison> beyond(const Comparison& comparison, const Tolerance& tolerance, double expected);

// `inputs`, those of the first model, under the second one's names. Throws Error{kInvalidArgument} when one is missing.
Tensors renamed_inputs(const std::vector<TensorSpec>& first, const Session& second, const Tensors& inputs);

}  // namespace upkeep
