#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

// Three pictures [2, 2, 1] with chances 0.2, 0.5, 0.7: the first two are mirrored.
std::vector<float> flipped(const std::string& mode) {
  const Tensor x({3, 2, 2, 1}, std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  const Tensor chances({3, 1, 1, 1}, std::vector<float>{0.2F, 0.5F, 0.7F});
  return values(apply_training("{random_flip: {mode: " + mode + ", name: f}}", x, {{"f/flip", chances}}).at("y"));
}

TEST(RandomFlip, MirrorsThePicturesWhoseChanceComes) {
  EXPECT_THAT(flipped("horizontal"), testing::ElementsAre(2, 1, 4, 3, 6, 5, 8, 7, 9, 10, 11, 12));
  EXPECT_THAT(flipped("vertical"), testing::ElementsAre(3, 4, 1, 2, 7, 8, 5, 6, 9, 10, 11, 12));
  EXPECT_THAT(flipped("horizontal_and_vertical"), testing::ElementsAre(4, 3, 2, 1, 8, 7, 6, 5, 9, 10, 11, 12));
}

TEST(RandomFlip, KnowsWhereTheRowsAreBehindTheChannels) {
  const Tensor x({1, 2, 1, 2}, std::vector<float>{1, 2, 3, 4});  // two channels of one row
  const Tensors y = apply_training("{random_flip: {mode: horizontal, data_format: channels_first, name: f}}", x,
                                   {{"f/flip", Tensor({1, 1, 1, 1}, std::vector<float>{0})}});
  EXPECT_THAT(values(y.at("y")), testing::ElementsAre(2, 1, 4, 3));
}

TEST(RandomFlip, DoesNothingAtInference) {
  const Tensor x({1, 1, 2, 1}, std::vector<float>{1, 2});
  EXPECT_THAT(values(apply("random_flip, {rescaling: {scale: 1}}", x)), testing::ElementsAre(1, 2));
}

TEST(RandomFlip, NeedsPictures) {
  EXPECT_THAT(message_of([&] { apply("random_flip", Tensor({2, 3}, std::vector<float>(6))); }), testing::HasSubstr("[batch, 3]"));
}

}  // namespace
}  // namespace upkeep::layers
