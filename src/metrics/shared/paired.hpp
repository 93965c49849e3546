// How much a metric changes from one model's answers to another's, on the same rows.
#pragma once

#include <cstdint>
#include <string>

#include "metrics/shared/interval.hpp"

namespace upkeep::metrics {

// The closed interval [low, high] covers the true change in a share `level` of repetitions. Ends are NaN where there is nothing to tell
// from.
struct Bounds {
  double value = 0;
  double low = 0;
  double high = 0;
};

struct PairedChange {
  double before = 0;
  double after = 0;
  Bounds absolute;           // after - before
  Bounds relative;           // (after - before) / |before|
  bool same = false;         // the answers are equal, bit for bit: both changes are exactly 0
  bool rows_changed = true;  // some row's part in the metric changed; false: only how many rows there are bounds the change
  std::int64_t rows = 0;
  double level = 0.95;
  std::string method;
};

// Paired percentile bootstrap (Efron and Tibshirani 1993): rows are cut into blocks as in bootstrap_interval(), and a resample draws the
// same blocks for both, so that what makes a row hard for both cancels.
//
// What no row shows the bootstrap cannot see, so an interval is never narrower than so many rows allow: of a share of rows it covers the
// adjusted interval of paired shares (Agresti and Min 2005: half a row more in each of the four cells), and of other metrics 3 / rows to
// both sides (the rule of three) where the answers differ and yet no resample does.
PairedChange paired_change(const NamedMetric& metric, const Tensor& before, const Tensor& after, const Tensor& targets,
                           const BootstrapOptions& options = {});

}  // namespace upkeep::metrics
