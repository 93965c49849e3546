// Loops that several optimisers share.
#pragma once

#include <cstddef>
#include <span>

namespace upkeep::optimizers {

// w -= w * share * rate, apart from the gradient (Loshchilov & Hutter 2017).
void decay(std::span<float> weights, double share, double rate);
// values *= factor
void scale(std::span<float> values, float factor);
// sum += values
void add(std::span<float> sum, std::span<const float> values);
// w -= values * factor
void subtract_scaled(std::span<float> weights, std::span<const float> values, float factor);
// average = momentum * average + (1 - momentum) * values
void move_average(std::span<float> average, std::span<const float> values, float momentum);

// In eight lanes of double.
double sum_of_squares(std::span<const float> values);

}  // namespace upkeep::optimizers
