#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

Tensor picture(const Shape& shape, const std::vector<float>& pixels) { return Tensor(shape, pixels); }
Tensor chance(float value) { return Tensor({1, 1, 1, 1}, std::vector<float>{value}); }

TEST(RandomRotation, TurnsAQuarter) {  // chance 1 of [-0.25, 0.25] is a quarter: the output at (x, y) is read at (2 - y, x)
  const Tensor x = picture({1, 3, 3, 1}, {1, 2, 3, 4, 5, 6, 7, 8, 9});
  const Tensors y = apply_training("{random_rotation: {factor: 0.25, name: r}}", x, {{"r/angle", chance(1)}});
  EXPECT_THAT(values(y.at("y")), Near({3, 6, 9, 2, 5, 8, 1, 4, 7}, 40));
}

TEST(RandomTranslation, ShiftsDownAndToTheRight) {  // 0.5 * 2 rows down, 0.25 * 4 columns to the right
  const std::string layer = "{random_translation: {height_factor: 0.5, width_factor: 0.25, name: t, fill_mode: ";
  const Tensor x = picture({1, 2, 4, 1}, {1, 2, 3, 4, 5, 6, 7, 8});
  const Tensors given = {{"t/height", chance(1)}, {"t/width", chance(1)}};
  EXPECT_THAT(values(apply_training(layer + "constant, fill_value: 9}}", x, given).at("y")), Near({9, 9, 9, 9, 9, 1, 2, 3}, 40));
  EXPECT_THAT(values(apply_training(layer + "nearest}}", x, given).at("y")), Near({1, 1, 2, 3, 1, 1, 2, 3}, 40));
  EXPECT_THAT(values(apply_training(layer + "reflect}}", x, given).at("y")), Near({1, 1, 2, 3, 1, 1, 2, 3}, 40));
}

TEST(RandomTranslation, ReadsBetweenThePixels) {  // half a pixel to the right
  const Tensor x = picture({1, 1, 4, 1}, {1, 2, 4, 8});
  const Tensors given = {{"t/height", chance(0.5F)}, {"t/width", chance(1)}};
  const std::string layer = "{random_translation: {height_factor: 0, width_factor: 0.125, name: t, interpolation: ";
  EXPECT_THAT(values(apply_training(layer + "bilinear}}", x, given).at("y")), Near({1, 1.5F, 3, 6}, 40));
}

TEST(RandomZoom, ShowsHalfOfThePicture) {  // 1 - 0.5 times: pixel x is read at 0.5 x + 0.75
  const Tensor x = picture({1, 1, 4, 1}, {0, 4, 8, 12});
  EXPECT_THAT(values(apply_training("{random_zoom: {height_factor: 0.5, name: z}}", x, {{"z/height", chance(0)}}).at("y")),
              Near({3, 5, 7, 9}, 40));
  const Tensors apart = apply_training("{random_zoom: {height_factor: 0.5, width_factor: 0.25, name: z}}", x,
                                       {{"z/height", chance(0)}, {"z/width", chance(0.5F)}});
  EXPECT_THAT(values(apart.at("y")), Near({0, 4, 8, 12}, 40));
}

TEST(RandomShear, SlantsAcross) {  // row y is read y pixels further on, or back
  const Tensor x = picture({1, 2, 3, 1}, {1, 2, 3, 4, 5, 6});
  const std::string layer = "{random_shear: {x_factor: 1, fill_mode: constant, name: s}}";
  EXPECT_THAT(values(apply_training(layer, x, {{"s/x", chance(1)}, {"s/y", chance(0)}, {"s/sign", chance(0)}}).at("y")),
              Near({1, 2, 3, 5, 6, 0}, 40));
  EXPECT_THAT(values(apply_training(layer, x, {{"s/x", chance(1)}, {"s/y", chance(0)}, {"s/sign", chance(1)}}).at("y")),
              Near({1, 2, 3, 0, 4, 5}, 40));
}

TEST(RandomWarp, DoesNothingAtInference) {
  const Tensor x = picture({1, 1, 2, 1}, {1, 2});
  EXPECT_THAT(values(apply("{random_rotation: {factor: 1}}, {random_zoom: {height_factor: 1}}, random_shear, "
                           "{random_translation: {height_factor: 1, width_factor: 1, fill_mode: wrap}}, {rescaling: {scale: 1}}",
                           x)),
              testing::ElementsAre(1, 2));
}

TEST(RandomWarp, RefusesToWrapInTraining) {
  const Tensor x = picture({1, 1, 2, 1}, {1, 2});
  EXPECT_THAT(message_of([&] { apply_training("{random_rotation: {factor: 1, fill_mode: wrap}}", x); }),
              testing::HasSubstr("fill_mode: wrap"));
}

}  // namespace
}  // namespace upkeep::layers
