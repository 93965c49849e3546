// Sums along contiguous floats, vectorised for the machine it runs on: partial sums in float over short stretches, then in double.
#pragma once

#include <cstdint>
#include <utility>

namespace upkeep::kernels {

double row_sum(std::int64_t count, const float* x);
double row_squares(std::int64_t count, const float* x, float mean);  // of x - mean
// The sums of dy, and of dy * (x - mean).
std::pair<double, double> row_moments(std::int64_t count, const float* dy, const float* x, float mean);
double row_distance(std::int64_t count, const float* x, const float* y);  // the sum of (x - y)^2

// to[i] += from[i]
void add_row(std::int64_t count, const float* from, float* to);
// y = (x - mean) * factor + shift
void scale_row(std::int64_t count, const float* x, float mean, float factor, float shift, float* y);
// z = a * x + b * (y - mean) + c
void combine_rows(std::int64_t count, float a, const float* x, float b, const float* y, float mean, float c, float* z);

// log of the sum of e^x, without overflow; -infinity of nothing.
double row_log_sum_exp(std::int64_t count, const float* x);
// y = e^(x - shift) * factor
void exp_row(std::int64_t count, const float* x, float shift, float factor, float* y);

}  // namespace upkeep::kernels
