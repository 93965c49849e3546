#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

std::vector<float> trained(const std::string& layer, const std::string& chance, const std::vector<float>& pixels, float value) {
  const Tensor x({1, 1, static_cast<std::int64_t>(pixels.size()), 1}, pixels);
  return values(apply_training(layer, x, {{chance, Tensor({1, 1, 1, 1}, std::vector<float>{value})}}).at("y"));
}

TEST(RandomBrightness, AddsAShareOfTheRangeAndClips) {  // -0.2 + 0.75 (0.2 - -0.2) = 0.1, of 10 is 1
  const std::string layer = "{random_brightness: {factor: 0.2, value_range: [0, 10], name: b}}";
  EXPECT_THAT(trained(layer, "b/shift", {0, 4, 9.5F}, 0.75F), Near({1, 5, 10}));
  EXPECT_THAT(trained(layer, "b/shift", {0, 4, 9.5F}, 0), Near({0, 2, 7.5F}));
}

TEST(RandomContrast, SpreadsAboutTheMean) {  // 1 - 0.2 + 0.5 (1.4 - 0.8) = 1.1
  EXPECT_THAT(trained("{random_contrast: {factor: [0.2, 0.4], value_range: [0, 9], name: c}}", "c/contrast", {0, 2, 4, 10}, 0.5F),
              Near({0, 1.8F, 4, 9}));
}

TEST(RandomContrast, OfANumberDoesNotDrawTogether) {  // as Keras 3: [0, 0.4] is the factor, so 1 is the least
  EXPECT_THAT(trained("{random_contrast: {factor: 0.4, name: c}}", "c/contrast", {10, 30}, 0), Near({10, 30}));
}

TEST(RandomColours, DoNothingAtInference) {
  const Tensor x({1, 1, 2, 1}, std::vector<float>{1, 2});
  EXPECT_THAT(values(apply("{random_contrast: {factor: 0.5}}, {random_brightness: {factor: 1}}, {rescaling: {scale: 1}}", x)),
              testing::ElementsAre(1, 2));
}

TEST(RandomColours, SayWhatAFactorIs) {
  const Tensor x({1, 1, 1, 1}, std::vector<float>{1});
  EXPECT_THAT(message_of([&] { apply("random_contrast", x); }), testing::HasSubstr("random_contrast.factor must be given"));
  EXPECT_THAT(message_of([&] { apply("{random_contrast: {factor: [-0.5, 1]}}", x); }), testing::HasSubstr("in [0, 1]"));
  EXPECT_THAT(message_of([&] { apply("{random_brightness: {factor: bright}}", x); }), testing::HasSubstr("expected a number"));
}

}  // namespace
}  // namespace upkeep::layers
