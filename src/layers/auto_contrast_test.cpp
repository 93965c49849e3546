#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

TEST(AutoContrast, StretchesEachChannelOverTheRange) {  // channel 0: 10, 20, 15; channel 1 is one value
  const Tensor x({1, 1, 3, 2}, std::vector<float>{10, 7, 20, 7, 15, 7});
  EXPECT_THAT(values(apply("auto_contrast", x)), Near({0, 7, 255, 7, 127.5F, 7}, 40));
  EXPECT_THAT(values(apply("{auto_contrast: {value_range: [5, 25]}}", x)), Near({5, 7, 25, 7, 15, 7}, 40));
}

TEST(AutoContrast, LooksAtEachPictureAlone) {
  const Tensor x({2, 1, 2, 1}, std::vector<float>{0, 1, 100, 50});
  EXPECT_THAT(values(apply("auto_contrast", x)), Near({0, 255, 255, 0}, 40));
}

TEST(AutoContrast, WorksInTrainingToo) {
  const Tensor x({1, 1, 2, 1}, std::vector<float>{1, 2});
  EXPECT_THAT(values(apply_training("auto_contrast", x).at("y")), Near({0, 255}, 40));
}

TEST(AutoContrast, SaysWhatARangeIs) {
  const Tensor x({1, 1, 2, 1}, std::vector<float>{1, 2});
  EXPECT_THAT(message_of([&] { apply("{auto_contrast: {value_range: 255}}", x); }), testing::HasSubstr("expected two numbers"));
}

}  // namespace
}  // namespace upkeep::layers
