// Which outputs of a model are trained, and the columns that their labels go into.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "graph/signature.hpp"
#include "train/columns.hpp"
#include "train/compile.hpp"

namespace upkeep {

// An output that is trained, and the column that its labels go into.
struct Target {
  std::string output;  // empty: of a model that is trained on one
  std::string column;
  bool judged = false;  // labels need not name the output
  std::vector<std::string> classes;
};

// `given`: COLUMN, or OUTPUT=COLUMN for each of several outputs; none: the signature's. Throws Error{kUnsupported}: an output has not one.
std::vector<Target> targets_of(const Signature& signature, const std::optional<Compile>& compile, const std::vector<std::string>& given);

// How a table of these targets and features becomes a dataset: as the losses want it.
DataColumns data_columns(const std::vector<Target>& targets, const std::vector<std::string>& features,
                         const std::optional<Compile>& compile);

}  // namespace upkeep
