#include <gmock/gmock.h>

#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

using testing::Each;

TEST(StepGradient, IsZero) {
  for (const char* op : {"Sign", "Floor", "Ceil", "Round"}) {
    SCOPED_TRACE(op);
    EXPECT_GRADIENT(op, {Tensor({3}, std::vector<double>{-1.3, 0.3, 1.7})});
  }
  EXPECT_GRADIENT("Hardmax", {Tensor({3}, std::vector<double>{-1.3, 0.3, 1.7})});
}

TEST(StepGradient, IsZeroWhereOnlyTheShapeCounts) {
  EXPECT_THAT(gradient("EyeLike", {Tensor({2, 2}, std::vector<float>{0.1f, 0.3f, 0.7f, 0.9f})}), Each(0.0f));
}

TEST(StepGradient, IsZeroForTheEdgesOfMelBands) {
  const std::vector<Argument> arguments = {Tensor::scalar(std::int64_t{4}), Tensor::scalar(std::int64_t{16}),
                                           Tensor::scalar(std::int64_t{8000}), Tensor::scalar(100.0f), Tensor::scalar(3000.0f)};
  EXPECT_THAT(gradient("MelWeightMatrix", arguments, {}, 3), Each(0.0f));
  EXPECT_THAT(gradient("MelWeightMatrix", arguments, {}, 4), Each(0.0f));
}

}  // namespace
}  // namespace upkeep::gradients
