// Other forms of a model: another format with proof, rewritten graphs, its gradient, and what differs between two models.
//
// All leave the models they are given as they are, and throw Error. Calls may be made from several threads at once.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "upkeep/choices.hpp"
#include "upkeep/model.hpp"

namespace upkeep::api {

// The graph rewritten in the order given: {rewrites::FoldConstants(), rewrites::FixedBatch({.size = 1})}.
struct Rewritten {
  Model model;
  std::vector<std::string> notes{};
};
Rewritten rewrite(const Model& model, const std::vector<Rewrite>& steps);

struct ConvertSettings {
  Format format{};                     // none: by the file's extension
  std::vector<Rewrite> rewrites{};     // before it is written
  std::optional<Tensors> inputs{};     // rows to compare on, by input; none: random ones
  std::optional<std::int64_t> rows{};  // random ones; none: 64, fewer where rows are large
  std::uint64_t seed = 0;              // of random rows
  // Largest difference, relative to the larger of both values and the output's root mean square, in [0, 1]; none: 1e-5, of float16 1e-2 and
  // of bfloat16 8e-2. By output, where one has its own.
  std::optional<double> tolerance{};
  std::map<std::string, double> tolerance_of{};
};
struct OutputDifference {
  std::string output{};
  double absolute = 0;  // the largest
  double relative = 0;
  double ulp = 0;  // float32 numbers between both
};
struct Converted {
  std::int64_t rows = 0;  // that were compared; 0: nothing is here that runs such a file
  std::vector<OutputDifference> outputs{};
  std::string made_up_sizes{};  // of random inputs, where the model leaves some open
};
// Writes the file, reads or runs it again and compares its answers. Throws Error{kFailedPrecondition} where they differ by more than the
// tolerance, with the layer where they part; no file is then left.
Converted convert(const Model& model, const std::filesystem::path& file, const ConvertSettings& settings = {});

// The gradient of `of` as a model that any ONNX runtime can run.
struct Gradient {
  Model model;  // the model's inputs and outputs, and those below
  std::string of{};
  std::string incoming{};                                        // the input for what arrives at `of`; empty where it is one number
  std::vector<std::pair<std::string, std::string>> gradients{};  // value, the output that has its gradient
  std::vector<std::string> notes{};
};
struct GradientSettings {
  std::string of{};                            // an output or a value inside; empty: the only float output
  std::vector<std::string> with_respect_to{};  // inputs, weights or values inside; none: all float inputs
};
Gradient gradient(const Model& model, const GradientSettings& settings = {});

// A layer, or a node of a graph without layers, that differs.
struct PartDifference {
  std::string before{};  // its name; empty: it came
  std::string after{};   // empty: it went
  std::string kind{};
  std::vector<std::string> settings{};  // names of those that changed
  std::vector<std::string> weights{};   // and of weights that are not equal
  double largest_absolute = 0;          // of the differences of weights of one shape
};
struct Difference {
  bool same_structure = false;  // parts, their order and connections, inputs and outputs
  bool same_settings = false;
  bool same_weights = false;
  std::vector<PartDifference> parts{};  // that differ, in the second model's order
  std::string json{};                   // all of it, as `upkeep diff --json` prints it
  bool same() const { return same_structure && same_settings && same_weights; }
};
Difference diff(const Model& before, const Model& after);

}  // namespace upkeep::api
