#include "optimize/quantize/shared/observed.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace upkeep::quantization {

namespace {

constexpr double kMovingPart = 0.1;
constexpr std::size_t kCountedEach = 1 << 14;  // values of a batch that are counted in bins; of more, evenly many

struct Ends {
  float low = std::numeric_limits<float>::infinity();
  float high = -std::numeric_limits<float>::infinity();
  std::uint64_t not_finite = 0;
};

Ends ends_of(std::span<const float> values) {
  Ends ends;
  for (const float value : values) {
    const bool finite = std::abs(value) <= std::numeric_limits<float>::max();
    ends.not_finite += finite ? 0 : 1;
    ends.low = std::min(ends.low, finite ? value : ends.low);
    ends.high = std::max(ends.high, finite ? value : ends.high);
  }
  return ends;
}

}  // namespace

// Two bins beside each other become one, as often as it takes.
void Observed::grow_to(double size) {
  if (counts.empty()) counts.resize(kBins, 0);
  if (reach == 0) {
    reach = std::exp2(std::ceil(std::log2(std::max(size, 1e-30))));
    return;
  }
  constexpr std::size_t kHalf = kBins / 2;
  while (reach < size) {
    std::vector<std::uint64_t> merged(kBins, 0);
    for (std::size_t i = 0; i < kHalf; ++i) {
      merged[kHalf + i / 2] += counts[kHalf + i];
      merged[kHalf - 1 - i / 2] += counts[kHalf - 1 - i];
    }
    counts = std::move(merged);
    reach *= 2;
  }
}

void Observed::add(std::span<const float> values) {
  const Ends ends = ends_of(values);
  not_finite += ends.not_finite;
  if (ends.low > ends.high) return;
  const double batch_low = ends.low, batch_high = ends.high;
  if (seen == 0) low = moving_low = batch_low, high = moving_high = batch_high;
  low = std::min(low, batch_low);
  high = std::max(high, batch_high);
  moving_low += kMovingPart * (batch_low - moving_low);
  moving_high += kMovingPart * (batch_high - moving_high);
  seen += values.size();
  const double size = std::max(std::abs(batch_low), std::abs(batch_high));
  if (size == 0 && counts.empty()) counts.resize(kBins, 0);
  if (size == 0) return;
  grow_to(size);
  count_in_bins(values);
}

// Without a branch that zeros of a ReLU, which are not counted, would make hard to foresee.
void Observed::count_in_bins(std::span<const float> values) {
  constexpr float kHalf = kBins / 2.0F;
  const auto per_unit = static_cast<float>(kBins / (2 * reach));
  const std::size_t stride = std::max<std::size_t>(1, values.size() / kCountedEach);
  std::uint64_t* const bins = counts.data();
  for (std::size_t i = 0; i < values.size(); i += stride) {
    const float place = values[i] * per_unit;
    if (!(std::abs(place) <= kHalf)) continue;
    const int whole = static_cast<int>(place);
    const int floor = whole - (place < static_cast<float>(whole) ? 1 : 0);
    bins[std::min<int>(floor + static_cast<int>(kHalf), kBins - 1)] += place == 0 ? 0 : 1;
  }
}

void Observed::add_channels(std::span<const float> values, std::size_t channels, std::size_t inner) {
  if (channels == 0 || inner == 0) return;
  channel_sums.resize(channels, 0);
  channel_sizes.resize(channels, 0);
  const std::size_t row = channels * inner, rows = values.size() / row;
  const std::size_t stride = inner == 1 ? 1 : std::max<std::size_t>(1, values.size() / (4 * kCountedEach));
  for (std::size_t i = 0; i < rows; i += stride) add_channels_of_row(values.subspan(i * row, row), inner);
}

void Observed::add_channels_of_row(std::span<const float> values, std::size_t inner) {
  rows_of_channels += inner;
  for (std::size_t channel = 0, start = 0; start < values.size(); ++channel, start += inner) {
    double sum = 0;
    float size = 0;
    for (std::size_t i = 0; i < inner; ++i) {
      sum += static_cast<double>(values[start + i]);
      size = std::max(size, std::abs(values[start + i]));
    }
    channel_sums[channel] += sum;
    channel_sizes[channel] = std::max(channel_sizes[channel], static_cast<double>(size));
  }
}

double Observed::quantile(double part) const {
  std::uint64_t all = 0;
  for (const std::uint64_t count : counts) all += count;
  const double wanted = part * static_cast<double>(all);
  double below = 0;
  for (std::size_t bin = 0; bin < counts.size(); ++bin) {
    below += static_cast<double>(counts[bin]);
    if (below >= wanted && counts[bin] > 0) return std::clamp(center(bin) + (part > 0.5 ? 1 : -1) * reach / kBins, low, high);
  }
  return high;
}

double Observed::channel_mean(std::size_t channel) const {
  return rows_of_channels == 0 ? 0 : channel_sums[channel] / static_cast<double>(rows_of_channels);
}

}  // namespace upkeep::quantization
