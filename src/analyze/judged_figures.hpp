// The figures of a model with several outputs, where decisions are those that the outputs make.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "data/table.hpp"
#include "train/compile.hpp"
#include "train/graph_runner.hpp"

namespace upkeep {

struct JudgedFigures {
  Figures figures;
  std::vector<std::pair<std::string, std::string>> unknown;  // figures without a value, and why
};

// `figures`: what training gives of the rows ("left_loss", "left_accuracy"). Metrics that judge decisions are measured anew, by each
// output's own threshold (train/judged_metric.hpp); of those that an output's answers have no value of, the ones that fit another output
// are left out, and the others say why.
JudgedFigures judged_figures(const Model& model, const Compile& compile, const Dataset& data, Figures figures, std::int64_t batch_size,
                             int threads);

}  // namespace upkeep
