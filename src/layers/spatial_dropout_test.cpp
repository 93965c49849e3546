#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

TEST(SpatialDropout, DropsChannelsOfASequence) {
  const Tensor x({1, 2, 2}, std::vector<float>{1, 2, 3, 4});
  const Tensors y = apply_training("{spatial_dropout_1d: {rate: 0.5}}", x,
                                   {{"spatial_dropout_1d/uniform", Tensor({1, 1, 2}, std::vector<float>{0.4F, 0.5F})}});
  EXPECT_THAT(values(y.at("y")), testing::ElementsAre(0, 4, 0, 8));
}

TEST(SpatialDropout, DropsChannelsOfAnImageWhereverTheyAre) {
  const Tensor x({1, 1, 2, 2}, std::vector<float>{1, 2, 3, 4});
  const Tensors last = apply_training("{spatial_dropout_2d: {rate: 0.5, name: d}}", x,
                                      {{"d/uniform", Tensor({1, 1, 1, 2}, std::vector<float>{0.4F, 0.5F})}});
  EXPECT_THAT(values(last.at("y")), testing::ElementsAre(0, 4, 0, 8));
  const Tensors first = apply_training("{spatial_dropout_2d: {rate: 0.5, data_format: channels_first, name: d}}", x,
                                       {{"d/uniform", Tensor({1, 1, 1, 1}, std::vector<float>{0.5F})}});
  EXPECT_THAT(values(first.at("y")), testing::ElementsAre(2, 4, 6, 8));
}

TEST(SpatialDropout, DropsChannelsOfAVolume) {
  const Tensor x({1, 1, 1, 2, 2}, std::vector<float>{1, 2, 3, 4});
  const Tensors y = apply_training("{spatial_dropout_3d: {rate: 0.5, name: d}}", x,
                                   {{"d/uniform", Tensor({1, 1, 1, 1, 2}, std::vector<float>{0.5F, 0})}});
  EXPECT_THAT(values(y.at("y")), testing::ElementsAre(2, 0, 6, 0));
}

TEST(SpatialDropout, DoesNothingAtInferenceAndSaysWhichInputItExpects) {
  EXPECT_THAT(values(apply("spatial_dropout_1d, {rescaling: {scale: 1}}", Tensor({1, 1, 2}, std::vector<float>{1, 2}))),
              testing::ElementsAre(1, 2));
  EXPECT_THAT(message_of([] { apply("spatial_dropout_2d", Tensor({1, 2}, std::vector<float>{1, 2})); }),
              testing::HasSubstr("it expects an input of 4 axes, got [batch, 2]"));
}

}  // namespace
}  // namespace upkeep::layers
