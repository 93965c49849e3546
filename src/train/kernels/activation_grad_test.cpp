#include "train/kernels/kernel_test.hpp"

namespace upkeep::kernels {
namespace {

TEST(ActivationGrad, MatchesItsExpansion) {
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{3, 5}, Shape{0, 4}, Shape{7, 11000}}) {
    SCOPED_TRACE(to_string(shape));
    for (const char* name : {"ReluGrad", "TanhGrad"}) EXPECT_KERNEL_MATCHES_EXPANSION(name, {numbers(shape), numbers(shape, 2)});
    EXPECT_KERNEL_MATCHES_EXPANSION("SigmoidGrad", {numbers(shape), numbers(shape, 2, 0, 1)});
    EXPECT_KERNEL_MATCHES_EXPANSION("ClipGrad", {numbers(shape), numbers(shape, 2, -3, 9)},
                                    {.attributes = {{"low", 0.0F}, {"high", 6.0F}}});
    EXPECT_KERNEL_MATCHES_EXPANSION("ClipGrad", {numbers(shape), numbers(shape, 2)}, {.attributes = {{"low", 0.25F}}});
  }
}

TEST(ActivationGrad, IsTheGradientOfItsActivation) {
  for (const char* op : {"Relu", "Sigmoid", "Tanh"})
    EXPECT_TRUE(gradient_uses_kernel(std::string(op) + "Grad", op, {numbers({3, 4}, 5, -2, 2)})) << op;
}

TEST(ActivationGrad, TakesTheSideBelowAtTheKink) {
  const Tensor zeros({2}, std::vector<float>{0, 0});
  EXPECT_KERNEL_MATCHES_EXPANSION("ReluGrad", {numbers({2}), zeros});
}

}  // namespace
}  // namespace upkeep::kernels
