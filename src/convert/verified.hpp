// A model that is written and proven: what was written is read again, or run as it is, and its answers are compared before the file takes
// its name.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/settings.hpp"
#include "convert/compare.hpp"
#include "graph/graph.hpp"

namespace upkeep {

struct Verification {
  std::optional<Tensors> inputs = {};     // rows to compare on, by the model's names; none: random ones
  Json sizes = Json::object();            // of random inputs, where the model leaves some open: {"image": "1x3x320x320"}
  std::optional<std::int64_t> rows = {};  // random ones; none: enough
  std::uint64_t seed = 0;
  Tolerance tolerance = {};
  std::string way_out = "compare on rows of your own";    // what to do where random rows prove nothing
  std::string allowance = "allow for it by a tolerance";  // what to do where the file cannot hold what the model computes with
};

struct Verified {
  std::optional<Comparison> comparison;  // none: nothing is here that runs such a file
  std::string made_up_sizes;             // of random inputs; empty: the model says all of them
};

// Writes `rewritten` as the format says and compares its answers with those of `model`. Throws Error{kFailedPrecondition} where they differ
// by more than the tolerance, with the output, the row, and where inside the models part; nothing is then written.
Verified save_verified(const Model& model, const Model& rewritten, const std::filesystem::path& file, const NamedSettings& as,
                       const Verification& how);

// The first model's inputs of the sizes that suit the other as well: those that a table is read for, or random rows are drawn for.
Model asked_of_both(Model model, const Model& rewritten);

}  // namespace upkeep
