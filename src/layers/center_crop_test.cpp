#include <numeric>

#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

Tensor counted(const Shape& shape) {
  std::vector<float> pixels(static_cast<std::size_t>(element_count(shape)));
  std::iota(pixels.begin(), pixels.end(), 0.0F);
  return Tensor(shape, std::move(pixels));
}

TEST(CenterCrop, TakesTheMiddle) {  // of 4 x 5: rows 1, 2; columns 1, 2
  EXPECT_THAT(values(apply("{center_crop: {height: 2, width: 2}}", counted({1, 4, 5, 1}))), testing::ElementsAre(6, 7, 11, 12));
  EXPECT_THAT(values(apply("{center_crop: {height: 2, width: 2, data_format: channels_first}}", counted({1, 1, 4, 5}))),
              testing::ElementsAre(6, 7, 11, 12));
}

TEST(CenterCrop, TakesTheMiddleOfSizesThatComeWithTheData) {
  const Model model =
      build_model(architecture_from_yaml("layers: [{input: {shape: [null, null, 1]}}, {center_crop: {height: 2, width: 2}}]"), {});
  EXPECT_THAT(values(run(model, counted({1, 4, 5, 1}))), testing::ElementsAre(6, 7, 11, 12));
  EXPECT_THAT(values(run(model, counted({1, 2, 2, 1}))), testing::ElementsAre(0, 1, 2, 3));
}

TEST(CenterCrop, EnlargesWhatIsTooSmall) {  // the middle 2 x 2 of 2 x 4, each pixel four times by bilinear weights 1, 3/4, 1/4
  const Tensor y = apply("{center_crop: {height: 4, width: 4}}", counted({1, 2, 4, 1}));
  EXPECT_EQ(y.shape(), (Shape{1, 4, 4, 1}));
  EXPECT_THAT(std::vector<float>(y.floats().begin(), y.floats().begin() + 4), Near({1, 1.25F, 1.75F, 2}));
}

TEST(RandomCrop, CutsWhereChanceSays) {  // start (floor(0.5 * 3), floor(0.9 * 4)) = (1, 3)
  const Tensors y = apply_training("{random_crop: {height: 2, width: 2, name: c}}", counted({1, 4, 5, 1}),
                                   {{"c/start", Tensor({2}, std::vector<float>{0.5F, 0.9F})}});
  EXPECT_THAT(values(y.at("y")), testing::ElementsAre(8, 9, 13, 14));
}

TEST(RandomCrop, TakesTheLargestMiddleAtInference) {  // 2 x 4 to 1 x 1: the middle 2 x 2, its mean
  EXPECT_THAT(values(apply("{random_crop: {height: 1, width: 1}}", counted({1, 2, 4, 1}))), Near({3.5F}));
  EXPECT_THAT(values(apply("{random_crop: {height: 1, width: 2}}, {rescaling: {scale: 1}}", counted({1, 1, 2, 1}))),
              testing::ElementsAre(0, 1));
}

TEST(CenterCrop, NeedsASize) {
  EXPECT_THAT(message_of([] { apply("{center_crop: {height: 2}}", counted({1, 4, 5, 1})); }), testing::HasSubstr("a height and a width"));
}

}  // namespace
}  // namespace upkeep::layers
