#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

const Tensor kMeasured({1, 4}, std::vector<float>{-1, 0, 0.75F, 9});

TEST(Discretization, CountsTheBoundariesThatAValueReaches) {
  const Tensor bins = apply("{discretization: {bin_boundaries: [0, 0.5, 1]}}", kMeasured);
  EXPECT_EQ(bins.dtype(), DType::kInt32);
  EXPECT_THAT(values(bins.cast(DType::kFloat32)), testing::ElementsAre(0, 1, 2, 3));
}

TEST(Discretization, EncodesTheIntervals) {
  EXPECT_THAT(values(apply("{discretization: {bin_boundaries: [0, 5], output_mode: count}}", kMeasured)), testing::ElementsAre(1, 2, 1));
  EXPECT_THAT(values(apply("{discretization: {bin_boundaries: [0, 5], output_mode: one_hot}}", Tensor({1, 1}, std::vector<float>{3}))),
              testing::ElementsAre(0, 1, 0));
}

TEST(Discretization, SaysWhatBoundariesAre) {
  EXPECT_THAT(message_of([] { apply("{discretization: {num_bins: 3}}", kMeasured); }),
              testing::HasSubstr("discretization needs boundaries"));
  EXPECT_THAT(message_of([] { apply("{discretization: {bin_boundaries: [1, 0]}}", kMeasured); }), testing::HasSubstr("do not ascend"));
}

}  // namespace
}  // namespace upkeep::layers
