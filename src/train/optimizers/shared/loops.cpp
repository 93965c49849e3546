#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "train/optimizers/shared/loops.cpp"
#include "train/optimizers/targets.hpp"
//
#include "train/optimizers/loop.hpp"
#include "train/optimizers/shared/loops.hpp"

HWY_BEFORE_NAMESPACE();
namespace upkeep::optimizers::HWY_NAMESPACE {

struct DecayFormula {
  float share;
  float rate;
  template <class D, class V>
  HWY_INLINE void operator()(D d, V& w) const {
    w = w - w * hn::Set(d, share) * hn::Set(d, rate);
  }
};

struct ScaleFormula {
  float factor;
  template <class D, class V>
  HWY_INLINE void operator()(D d, V& x) const {
    x = x * hn::Set(d, factor);
  }
};

struct AddFormula {
  template <class D, class V>
  HWY_INLINE void operator()(D, V& sum, const V& x) const {
    sum = sum + x;
  }
};

struct SubtractScaledFormula {
  float factor;
  template <class D, class V>
  HWY_INLINE void operator()(D d, V& w, const V& x) const {
    w = w - x * hn::Set(d, factor);
  }
};

struct MoveAverageFormula {
  float momentum;
  float fresh;
  template <class D, class V>
  HWY_INLINE void operator()(D d, V& average, const V& x) const {
    average = hn::Set(d, momentum) * average + hn::Set(d, fresh) * x;
  }
};

void decay_loop(std::size_t count, float share, float rate, float* w) { each(count, DecayFormula{share, rate}, w); }
void scale_loop(std::size_t count, float factor, float* x) { each(count, ScaleFormula{factor}, x); }
void add_loop(std::size_t count, float* sum, const float* x) { each(count, AddFormula{}, sum, x); }
void subtract_scaled_loop(std::size_t count, float factor, float* w, const float* x) { each(count, SubtractScaledFormula{factor}, w, x); }
void move_average_loop(std::size_t count, float momentum, float* average, const float* x) {
  each(count, MoveAverageFormula{momentum, 1.0f - momentum}, average, x);
}

}  // namespace upkeep::optimizers::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include <array>

namespace upkeep::optimizers {

HWY_EXPORT(decay_loop);
HWY_EXPORT(scale_loop);
HWY_EXPORT(add_loop);
HWY_EXPORT(subtract_scaled_loop);
HWY_EXPORT(move_average_loop);

void decay(std::span<float> weights, double share, double rate) {
  HWY_DYNAMIC_DISPATCH(decay_loop)(weights.size(), static_cast<float>(share), static_cast<float>(rate), weights.data());
}

void scale(std::span<float> values, float factor) { HWY_DYNAMIC_DISPATCH(scale_loop)(values.size(), factor, values.data()); }

void add(std::span<float> sum, std::span<const float> values) { HWY_DYNAMIC_DISPATCH(add_loop)(sum.size(), sum.data(), values.data()); }

void subtract_scaled(std::span<float> weights, std::span<const float> values, float factor) {
  HWY_DYNAMIC_DISPATCH(subtract_scaled_loop)(weights.size(), factor, weights.data(), values.data());
}

void move_average(std::span<float> average, std::span<const float> values, float momentum) {
  HWY_DYNAMIC_DISPATCH(move_average_loop)(average.size(), momentum, average.data(), values.data());
}

double sum_of_squares(std::span<const float> values) {
  std::array<double, 8> lanes{};
  std::size_t i = 0;
  for (; i + 8 <= values.size(); i += 8)
    for (std::size_t k = 0; k < 8; ++k) lanes[k] += double{values[i + k]} * double{values[i + k]};
  for (; i < values.size(); ++i) lanes[i % 8] += double{values[i]} * double{values[i]};
  return ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
}

}  // namespace upkeep::optimizers

#endif
