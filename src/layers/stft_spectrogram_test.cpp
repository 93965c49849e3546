#include <cmath>
#include <numbers>

#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

// One frame of four samples, kernels of three bins: real and imaginary parts (1, 2, 3) and (4, -5, 0) of the signal 1 0 0 0.
Weights waves() {
  std::vector<float> real(12), imag(12);
  real[0] = 1, real[1] = 2, real[2] = 3;
  imag[0] = 4, imag[1] = -5;
  return {{"s/real_kernel", Tensor({4, 1, 3}, std::move(real))}, {"s/imag_kernel", Tensor({4, 1, 3}, std::move(imag))}};
}

std::vector<float> spectrum(const std::string& mode) {
  const Tensor x({1, 4, 1}, std::vector<float>{1, 0, 0, 0});
  return values(apply("{stft_spectrogram: {frame_length: 4, mode: " + mode + ", name: s}}", x, waves()));
}

TEST(StftSpectrogram, GivesWhatTheModeSays) {
  EXPECT_THAT(spectrum("magnitude"), Near({std::sqrt(17.0F), std::sqrt(29.0F), 3}));
  EXPECT_THAT(spectrum("log"), Near({std::log(17.0F) / 2, std::log(29.0F) / 2, std::log(3.0F)}));
  EXPECT_THAT(spectrum("psd"), Near({17, 58, 9}));
  EXPECT_THAT(spectrum("stft"), Near({1, 2, 3, 4, -5, 0}));
  EXPECT_THAT(spectrum("angle"), Near({std::atan2(4.0F, 1.0F), std::atan2(-5.0F, 2.0F), 0}));
}

TEST(StftSpectrogram, KnowsAllQuarters) {
  const float at[4][2] = {{-1, 1}, {-1, -1}, {0, -2}, {0, 0}};
  for (const auto& [re, im] : at) {
    const Weights both = {{"s/real_kernel", Tensor({1, 1, 1}, std::vector<float>{re})},
                          {"s/imag_kernel", Tensor({1, 1, 1}, std::vector<float>{im})}};
    EXPECT_THAT(
        values(apply("{stft_spectrogram: {frame_length: 1, mode: angle, name: s}}", Tensor({1, 1, 1}, std::vector<float>{1}), both)),
        Near({std::atan2(im, re)}));
  }
}

TEST(StftSpectrogram, StartsAsAFourierTransform) {  // two periods in eight samples: all power in bin 2
  const Architecture net = architecture_from_yaml(
      "layers: [{input: {shape: [8, 1]}}, {stft_spectrogram: {frame_length: 8, mode: magnitude, window: null, name: s}}]");
  std::vector<float> wave;
  for (int t = 0; t < 8; ++t) wave.push_back(static_cast<float>(std::cos(2 * std::numbers::pi * 2 * t / 8)));
  const Tensor y = run(build_model(net, initial_weights(net, 1)), Tensor({1, 8, 1}, wave));
  const float floor = std::sqrt(1e-7F);
  EXPECT_THAT(values(y), Near({floor, floor, 4, floor, floor}, 40));
}

TEST(StftSpectrogram, PutsChannelsWhereTheyBelong) {
  const Tensor x({1, 4, 2}, std::vector<float>{1, 10, 0, 0, 0, 0, 0, 0});
  const std::string layer = "{stft_spectrogram: {frame_length: 4, mode: real, name: s";
  const Weights real = {waves()[0]};
  EXPECT_THAT(values(apply(layer + "}}", x, real)), Near({1, 2, 3, 10, 20, 30}));
  EXPECT_THAT(values(apply(layer + ", expand_dims: true}}", x, real)), Near({1, 10, 2, 20, 3, 30}));
}

TEST(StftSpectrogram, SaysWhatDoesNotFit) {
  const Tensor x({1, 4, 1}, std::vector<float>(4));
  EXPECT_THAT(message_of([&] { apply("{stft_spectrogram: {frame_length: 4, frame_step: 5}}", x); }), testing::HasSubstr("frame_step"));
  EXPECT_THAT(message_of([&] { apply("{stft_spectrogram: {frame_length: 4, fft_length: 2}}", x); }), testing::HasSubstr("fft_length"));
}

}  // namespace
}  // namespace upkeep::layers
