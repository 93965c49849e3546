// Rows of a model as numbers that can be compared: for distances, clusters and correlations.
#pragma once

#include <cstdint>
#include <vector>

#include "explain/features.hpp"
#include "upkeep/tensor.hpp"

namespace upkeep::explain {

// [rows, width], row-major: the elements of numbers and truth values, each less its mean and divided by its standard deviation over the
// rows. What is missing counts as the mean; elements that never vary, categories and texts are left out.
struct RowNumbers {
  std::vector<float> values;
  std::size_t rows = 0, width = 0;
  std::vector<std::size_t> features;  // by element: the feature that it is of
  const float* row(std::size_t place) const { return values.data() + place * width; }
};
RowNumbers row_numbers(const Tensors& rows, const std::vector<ExplainedFeature>& features);

// The same element by element, as they are: [rows] float64. Texts are numbered as they come.
std::vector<double> element_numbers(const Tensor& rows, std::int64_t element);

// Where each value stands among all of them, from 0; equal values share the mean of their places. NaN is not counted, and stays.
std::vector<double> ranks(const std::vector<double>& values);

}  // namespace upkeep::explain
