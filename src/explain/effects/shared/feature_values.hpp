// The values that a feature has in rows, and rows with other values of it.
#pragma once

#include <string>
#include <vector>

#include "explain/effects/effect.hpp"

namespace upkeep::explain {

// The features that are asked for, or all. Throws Error{kInvalidArgument}: no rows.
std::vector<std::size_t> features_asked(const EffectQuestion& question);

// Whether values between those of the rows mean something: a single number.
bool has_numbers(const ExplainedFeature& feature);

// The first rows, or so many drawn by seed where there are more.
Tensors rows_at_most(const Tensors& rows, std::int64_t most, std::uint64_t seed);

// Different values of a feature that is not a number, in the order of the signature's categories, else of first appearance.
struct Levels {
  std::vector<std::int64_t> rows;  // one row that has the level
  std::vector<std::string> labels;
  std::vector<std::size_t> of_row;  // by row: its level
};
Levels levels_of(const Tensors& rows, const ExplainedFeature& feature);

// The finite numbers of a feature, in the order of rows; NaN for missing ones.
std::vector<double> numbers_of(const Tensors& rows, const ExplainedFeature& feature);
// `rows` with the number values[i] in row i, or with one value in all.
Tensors with_numbers(const Tensors& rows, const ExplainedFeature& feature, const std::vector<double>& values);
Tensors with_number(const Tensors& rows, const ExplainedFeature& feature, double value);

// Answers, all finite. Throws Error{kFailedPrecondition} that names the row.
std::vector<double> finite_answers(const EffectQuestion& question, const Tensors& rows);

double mean_of(const std::vector<double>& values);
double standard_error_of(const std::vector<double>& values);  // of the mean; NaN of one value
// 95 % limits from replicates: the 2.5 % and 97.5 % quantiles.
std::pair<double, double> limits_of(std::vector<double> replicates);

}  // namespace upkeep::explain
