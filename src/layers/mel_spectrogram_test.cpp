#include <cmath>
#include <complex>
#include <numbers>

#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

constexpr int kFrame = 8;

std::vector<double> signal() {
  std::vector<double> x;
  for (int t = 0; t < 12; ++t) x.push_back(std::cos(1.1 * t) + 0.3 * t);
  return x;
}

// Power of one bin of the frame that is centred at `centre`, by the sum that defines the transform.
double power(const std::vector<double>& x, int centre, int bin) {
  std::complex<double> sum = 0;
  for (int n = 0; n < kFrame; ++n) {
    int at = std::abs(centre - kFrame / 2 + n);
    if (at >= static_cast<int>(x.size())) at = 2 * static_cast<int>(x.size()) - 2 - at;
    const double window = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * n / kFrame);
    sum += x[static_cast<std::size_t>(at)] * window * std::polar(1.0, -2 * std::numbers::pi * bin * n / kFrame);
  }
  return std::norm(sum);
}

double in_mel(double hertz) { return 1127 * std::log(1 + hertz / 700); }

// Two bands between 100 and 900 Hz at 2000 samples per second: bin b is at 250 b Hz.
double band(const std::vector<double>& x, int centre, int number) {
  const double width = (in_mel(900) - in_mel(100)) / 3;
  double sum = 0;
  for (int bin = 1; bin <= kFrame / 2; ++bin) {
    const double place = (in_mel(250.0 * bin) - in_mel(100)) / width - number;  // 0 at the lower edge, 1 in the middle, 2 at the upper edge
    sum += std::max(0.0, std::min(place, 2 - place)) * power(x, centre, bin);
  }
  return sum;
}

const char* const kBands = "fft_length: 8, sequence_stride: 4, sampling_rate: 2000, num_mel_bins: 2, min_freq: 100, max_freq: 900";

Tensor mel_of(const std::string& settings) {
  const std::vector<double> x = signal();
  return apply("{mel_spectrogram: {" + std::string(kBands) + settings + "}}", Tensor({1, 12}, std::vector<float>(x.begin(), x.end())));
}

TEST(MelSpectrogram, SumsPowerOverBands) {
  const std::vector<double> x = signal();
  std::vector<float> expected;
  for (int number = 0; number < 2; ++number)
    for (int frame = 0; frame < 4; ++frame) expected.push_back(static_cast<float>(band(x, 4 * frame, number)));
  const Tensor y = mel_of(", power_to_db: false");
  EXPECT_EQ(y.shape(), (Shape{1, 2, 4}));
  EXPECT_THAT(values(y), Near(expected, 100));
}

TEST(MelSpectrogram, IsInDecibelAndCutOffBelow) {
  const std::vector<double> x = signal();
  std::vector<double> level;
  for (int number = 0; number < 2; ++number)
    for (int frame = 0; frame < 4; ++frame) level.push_back(10 * std::log10(band(x, 4 * frame, number) / 2));
  const double most = std::ranges::max(level);
  std::vector<float> expected;
  for (const double one : level) expected.push_back(static_cast<float>(std::max(one, most - 6)));
  EXPECT_THAT(values(mel_of(", ref_power: 2, top_db: 6")), Near(expected, 200));
}

TEST(MelSpectrogram, SaysWhatDoesNotFit) {
  EXPECT_THAT(message_of([] { mel_of(", sequence_length: 9"); }), testing::HasSubstr("sequence_length"));
  EXPECT_THAT(message_of([] { mel_of(", window: kaiser"); }), testing::HasSubstr("kaiser"));
}

}  // namespace
}  // namespace upkeep::layers
