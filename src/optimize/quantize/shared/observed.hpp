// What was seen of an activation over all calibration rows, in memory that does not grow with them.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace upkeep::quantization {

struct Observed {
  static constexpr std::size_t kBins = 4096;

  double low = 0;  // of all values that were finite
  double high = 0;
  double moving_low = 0;
  double moving_high = 0;
  std::uint64_t seen = 0;
  std::uint64_t not_finite = 0;
  double reach = 0;                    // the bins lie evenly over [-reach, reach], which doubles where values lie beyond
  std::vector<std::uint64_t> counts;   // kBins of them; values that are exactly 0, which every scale has, are not counted
  std::vector<double> channel_sums;    // of the channels of which the mean is asked
  std::vector<double> channel_sizes;   // the largest magnitude of each
  std::uint64_t rows_of_channels = 0;  // how many values each sum has

  // Takes in one batch.
  void add(std::span<const float> values);
  // Along all axes but the channels': element (outer, channel, inner). Of large batches with an inner axis, evenly many rows.
  void add_channels(std::span<const float> values, std::size_t channels, std::size_t inner);

  double center(std::size_t bin) const { return (static_cast<double>(bin) + 0.5 - kBins / 2.0) * 2 * reach / kBins; }
  // A value that this part of the values is not above.
  double quantile(double part) const;
  double channel_mean(std::size_t channel) const;

 private:
  void grow_to(double size);
  void add_channels_of_row(std::span<const float> values, std::size_t inner);
  void count_in_bins(std::span<const float> values);
};

}  // namespace upkeep::quantization
