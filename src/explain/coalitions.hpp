// The answers of rows that are half the explained row and half the background: what Shapley values, LIME and others are made of.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "explain/methods/method.hpp"

namespace upkeep::explain {

using Coalition = std::vector<bool>;  // by feature: taken from the explained row

// The value of each coalition: the weighted mean, over the background's rows, of the answer of the row that has the coalition's features
// from the explained row and the others from that background row. Rows are made batch by batch, never all at once. Coalitions that are
// given twice are run once, and so are rows whose other features equal the explained row's.
std::vector<double> coalition_values(const Question& question, std::span<const Coalition> coalitions);

// `rows` with the feature's elements of row `from_row` of `from` in every row.
Tensors with_feature(const Tensors& rows, const ExplainedFeature& feature, const Tensors& from, std::int64_t from_row);
// The same row by row: row i gets those of row places[i] of `from`.
Tensors with_feature(const Tensors& rows, const ExplainedFeature& feature, const Tensors& from, std::span<const std::int64_t> places);

}  // namespace upkeep::explain
