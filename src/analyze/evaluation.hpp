// What an evaluation says of a model: loss, metrics with intervals, slices; of several outputs the figures that training gives of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analyze/analysis.hpp"
#include "analyze/judged_figures.hpp"
#include "train/compile.hpp"

namespace upkeep {

struct Evaluation {
  std::int64_t rows = 0;                 // that the model answered, which all figures are of
  std::vector<std::int64_t> unanswered;  // rows, from 0, for which its answer is NaN
  std::optional<double> loss;            // where it is known how the model is trained
  std::optional<Analysis> analysis;      // of a model that is trained on one output
  JudgedFigures outputs;                 // of one that is trained on several
};

// `compile`: how the model is trained, if that is known. Throws Error: no rows, targets that do not fit, slices of several outputs.
Evaluation evaluate(const Model& model, const std::optional<Compile>& compile, const Dataset& data, const AnalysisOptions& options);

// The values of a column that slice the rows of a dataset, which may be some of the table's.
std::vector<std::string> slices_of(const Table& table, const Dataset& data, const std::string& column);

}  // namespace upkeep
