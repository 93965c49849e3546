// The rows that an explanation compares with: what a feature is when it is "not there".
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/settings.hpp"
#include "explain/features.hpp"
#include "upkeep/tensor.hpp"

namespace upkeep::explain {

struct Background {
  Tensors rows;                 // [B, ...] of every input
  std::vector<double> weights;  // [B], positive, of sum 1
  std::string about;            // "50 rows by k-means of 442 (seed 1)"
  std::int64_t size() const { return static_cast<std::int64_t>(weights.size()); }
};

enum class Choosing {
  kSample,     // rows drawn without replacement by seed; all where there are no more
  kKMeans,     // k-means++ on standardised numbers; each centre is the nearest real row, weighted by its cluster
  kQuantiles,  // rows at evenly spaced places of the first principal direction
  kZeros,      // one row of zeros and empty texts
  kMedian,     // one row: medians of numbers, the commonest of everything else
};
Choices choosing();  // "sample", "k-means", "quantiles", "zeros", "median"

struct BackgroundOptions {
  std::string choosing = "k-means";
  std::int64_t rows = 50;
  std::uint64_t seed = 0;
};
// Of rows as a model reads them. `zeros` needs their shapes only. Throws Error{kInvalidArgument}: no rows.
Background choose_background(const Tensors& rows, const std::vector<ExplainedFeature>& features, const BackgroundOptions& options);

}  // namespace upkeep::explain
