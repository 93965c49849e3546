// Bins of numbers and an order of categories, for accumulated local effects (Apley & Zhu 2020).
#pragma once

#include <vector>

#include "explain/effects/shared/feature_values.hpp"

namespace upkeep::explain {

// Different quantiles at 0, 1/bins, ..., 1: each the smallest value that so large a share of the values does not exceed.
std::vector<double> quantile_edges(std::vector<double> values, std::int64_t bins);
// Of each value the bin (edges[bin], edges[bin + 1]]; the first bin has its lower edge too.
std::vector<std::size_t> bins_of(const std::vector<double>& values, const std::vector<double>& edges);

// Puts levels in an order in which neighbours are alike: along the first axis of classical scaling of their distances, which are sums over
// the other scalar features of the Kolmogorov-Smirnov distance of numbers and half the sum of absolute differences of shares of the others.
void order_by_likeness(Levels& levels, const Tensors& rows, const std::vector<ExplainedFeature>& features, std::size_t place);

}  // namespace upkeep::explain
