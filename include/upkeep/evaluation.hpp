// How good a model is: metrics with intervals, of all rows and by slice.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "upkeep/choices.hpp"
#include "upkeep/data.hpp"
#include "upkeep/history.hpp"

namespace upkeep::api {

// A metric with the interval [low, high] that covers its true value with the confidence asked for; NaN where it cannot be told.
struct Estimate {
  std::string metric{};
  double value = 0;
  double low = 0;
  double high = 0;
  bool higher_is_better = false;
  std::string unknown{};  // why there is no value; empty: there is one
};

struct Slice {
  std::string value{};  // that its rows have
  std::int64_t rows = 0;
  std::vector<Estimate> metrics{};
};

// A column of the table that the data was made of: its texts, few numbers by value, others by quartile.
struct SliceBy {
  Table table{};
  std::string column{};
};

struct EvaluateSettings {
  std::vector<Metric> metrics{};      // none: the model's own, else by what it answers
  std::optional<SliceBy> slice_by{};  // every metric for each value of a column too
  double confidence = 0.95;           // of the intervals, in (0.5, 1)
  std::uint64_t seed = 0;             // of the bootstrap
  std::int64_t batch_size = 256;      // rows in a run
  int threads = 0;                    // of the runtime; 0: one per core
};

struct Evaluation {
  std::int64_t rows = 0;                   // that the model answered, which all figures are of
  std::vector<std::int64_t> unanswered{};  // rows, from 0, to which its answer is NaN
  std::optional<double> loss{};            // of a model that is compiled
  std::vector<Estimate> metrics{};         // of a model with one output
  std::vector<Slice> slices{};             // largest first, at most 50
  Figures outputs{};                       // of a model with several: "left_loss", "left_mae", ... without intervals
  std::string page{};                      // of a model with one output: metrics, predictions, residuals, slices as one HTML file

  const Estimate& metric(const std::string& name) const;  // throws Error{kNotFound} with those there are
};

}  // namespace upkeep::api
