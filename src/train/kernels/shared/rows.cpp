#include "train/kernels/shared/rows.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "train/kernels/shared/rows.cpp"
#include <hwy/foreach_target.h>
// after it:
#include <hwy/contrib/math/math-inl.h>

#include "train/kernels/lanes.hpp"

HWY_BEFORE_NAMESPACE();
namespace upkeep::kernels::HWY_NAMESPACE {
namespace {

constexpr std::int64_t kStretch = 1024;

// The sum of element(d, i), over stretches that are short enough for float.
template <class Element>
HWY_INLINE double total(std::int64_t count, const Element& element) {
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  double sum = 0;
  std::int64_t i = 0;
  while (i + lanes <= count) {
    const std::int64_t end = std::min(count, i + kStretch);
    auto first = hn::Zero(d), second = hn::Zero(d), third = hn::Zero(d), fourth = hn::Zero(d);
    for (; i + 4 * lanes <= end; i += 4 * lanes) {
      first = hn::Add(first, element(d, i));
      second = hn::Add(second, element(d, i + lanes));
      third = hn::Add(third, element(d, i + 2 * lanes));
      fourth = hn::Add(fourth, element(d, i + 3 * lanes));
    }
    for (; i + lanes <= end; i += lanes) first = hn::Add(first, element(d, i));
    sum += static_cast<double>(hn::ReduceSum(d, hn::Add(hn::Add(first, second), hn::Add(third, fourth))));
  }
  const hn::CappedTag<float, 1> single;
  for (; i < count; ++i) sum += static_cast<double>(hn::GetLane(element(single, i)));
  return sum;
}

double RowSum(std::int64_t count, const float* x) {
  return total(count, [=](auto d, std::int64_t i) HWY_ATTR { return hn::LoadU(d, x + i); });
}

double RowSquares(std::int64_t count, const float* x, float mean) {
  return total(count, [=](auto d, std::int64_t i) HWY_ATTR {
    const auto centred = hn::Sub(hn::LoadU(d, x + i), hn::Set(d, mean));
    return hn::Mul(centred, centred);
  });
}

std::pair<double, double> RowMoments(std::int64_t count, const float* dy, const float* x, float mean) {
  const double second = total(count, [=](auto d, std::int64_t i) HWY_ATTR {
    return hn::Mul(hn::LoadU(d, dy + i), hn::Sub(hn::LoadU(d, x + i), hn::Set(d, mean)));
  });
  return {RowSum(count, dy), second};
}

double RowDistance(std::int64_t count, const float* x, const float* y) {
  return total(count, [=](auto d, std::int64_t i) HWY_ATTR {
    const auto difference = hn::Sub(hn::LoadU(d, x + i), hn::LoadU(d, y + i));
    return hn::Mul(difference, difference);
  });
}

void AddRow(std::int64_t count, const float* from, float* to) {
  each_lane(count, [=](auto d, std::int64_t i) HWY_ATTR { hn::StoreU(hn::Add(hn::LoadU(d, to + i), hn::LoadU(d, from + i)), d, to + i); });
}

void ScaleRow(std::int64_t count, const float* x, float mean, float factor, float shift, float* y) {
  each_lane(count, [=](auto d, std::int64_t i) HWY_ATTR {
    hn::StoreU(hn::MulAdd(hn::Sub(hn::LoadU(d, x + i), hn::Set(d, mean)), hn::Set(d, factor), hn::Set(d, shift)), d, y + i);
  });
}

void CombineRows(std::int64_t count, float a, const float* x, float b, const float* y, float mean, float c, float* z) {
  each_lane(count, [=](auto d, std::int64_t i) HWY_ATTR {
    const auto rest = hn::MulAdd(hn::Set(d, b), hn::Sub(hn::LoadU(d, y + i), hn::Set(d, mean)), hn::Set(d, c));
    hn::StoreU(hn::MulAdd(hn::Set(d, a), hn::LoadU(d, x + i), rest), d, z + i);
  });
}

float RowMax(std::int64_t count, const float* x) {
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  float largest = -std::numeric_limits<float>::infinity();
  std::int64_t i = 0;
  if (count >= lanes) {
    auto vector = hn::LoadU(d, x);
    for (i = lanes; i + lanes <= count; i += lanes) vector = hn::Max(vector, hn::LoadU(d, x + i));
    largest = hn::ReduceMax(d, vector);
  }
  for (; i < count; ++i) largest = std::max(largest, x[i]);
  return largest;
}

double RowLogSumExp(std::int64_t count, const float* x) {
  const float largest = RowMax(count, x);
  const double sum =
      total(count, [=](auto d, std::int64_t i) HWY_ATTR { return hn::Exp(d, hn::Sub(hn::LoadU(d, x + i), hn::Set(d, largest))); });
  return static_cast<double>(largest) + std::log(sum);
}

void ExpRow(std::int64_t count, const float* x, float shift, float factor, float* y) {
  each_lane(count, [=](auto d, std::int64_t i) HWY_ATTR {
    hn::StoreU(hn::Mul(hn::Exp(d, hn::Sub(hn::LoadU(d, x + i), hn::Set(d, shift))), hn::Set(d, factor)), d, y + i);
  });
}

}  // namespace
}  // namespace upkeep::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace upkeep::kernels {

HWY_EXPORT(RowSum);
HWY_EXPORT(RowSquares);
HWY_EXPORT(RowMoments);
HWY_EXPORT(RowDistance);
HWY_EXPORT(AddRow);
HWY_EXPORT(ScaleRow);
HWY_EXPORT(CombineRows);
HWY_EXPORT(RowLogSumExp);
HWY_EXPORT(ExpRow);

double row_sum(std::int64_t count, const float* x) { return HWY_DYNAMIC_DISPATCH(RowSum)(count, x); }
double row_squares(std::int64_t count, const float* x, float mean) { return HWY_DYNAMIC_DISPATCH(RowSquares)(count, x, mean); }
std::pair<double, double> row_moments(std::int64_t count, const float* dy, const float* x, float mean) {
  return HWY_DYNAMIC_DISPATCH(RowMoments)(count, dy, x, mean);
}
double row_distance(std::int64_t count, const float* x, const float* y) { return HWY_DYNAMIC_DISPATCH(RowDistance)(count, x, y); }
void add_row(std::int64_t count, const float* from, float* to) { HWY_DYNAMIC_DISPATCH(AddRow)(count, from, to); }
void scale_row(std::int64_t count, const float* x, float mean, float factor, float shift, float* y) {
  HWY_DYNAMIC_DISPATCH(ScaleRow)(count, x, mean, factor, shift, y);
}
void combine_rows(std::int64_t count, float a, const float* x, float b, const float* y, float mean, float c, float* z) {
  HWY_DYNAMIC_DISPATCH(CombineRows)(count, a, x, b, y, mean, c, z);
}
double row_log_sum_exp(std::int64_t count, const float* x) { return HWY_DYNAMIC_DISPATCH(RowLogSumExp)(count, x); }
void exp_row(std::int64_t count, const float* x, float shift, float factor, float* y) {
  HWY_DYNAMIC_DISPATCH(ExpRow)(count, x, shift, factor, y);
}

}  // namespace upkeep::kernels
#endif
