#include <gmock/gmock.h>

#include "runtime/session.hpp"
#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

using testing::ElementsAre;

Tensor det_matrix(std::vector<float> values, std::int64_t n) { return Tensor({n, n}, std::move(values)); }

Model model_of_det(Dims dims, bool twice) {
  Model model;
  Ops ops(model);
  const Value x = ops.input("x", DType::kFloat32, std::move(dims));
  Value gradient = differentiate(ops, ops.reduce_sum(ops.node("Det", {x}), {}), {x})[0];
  if (twice) gradient = differentiate(ops, ops.reduce_sum(gradient, {}), {x})[0];
  ops.output(gradient, "gradient");
  return model;
}

TEST(DetGradient, IsTheCofactors) {
  EXPECT_THAT(gradient("Det", {det_matrix({5}, 1)}), ElementsAre(1));
  EXPECT_THAT(gradient("Det", {det_matrix({1, 2, 3, 4}, 2)}), ElementsAre(4, -3, -2, 1));
  EXPECT_THAT(gradient("Det", {det_matrix({2, 0, 1, 1, 3, 0, 0, 1, 4}, 3)}), ElementsAre(12, -4, 1, 1, 8, -2, -3, 1, 6));
  EXPECT_THAT(gradient("Det", {Tensor({2, 2, 2}, std::vector<float>{1, 2, 3, 4, 0, 1, 1, 0})}), ElementsAre(4, -3, -2, 1, 0, -1, -1, 0));
}

TEST(DetGradient, IsRightForASingularMatrix) {
  EXPECT_THAT(gradient("Det", {det_matrix({1, 2, 2, 4}, 2)}), ElementsAre(4, -2, -2, 1));
  EXPECT_THAT(gradient("Det", {det_matrix({0, 0, 0, 0}, 2)}), ElementsAre(0, 0, 0, 0));
}

// The sum of the cofactors of [[a, b], [c, d]] is a + d - b - c.
TEST(DetGradient, HasAGradientItself) {
  const Model model = model_of_det({"batch", 2, 2}, true);
  const Tensor made = Session(model, {.threads = 1}).run({{"x", Tensor({1, 2, 2}, std::vector<float>{1, 2, 3, 4})}}).at("gradient");
  EXPECT_EQ(made, Tensor({1, 2, 2}, std::vector<float>{1, -1, -1, 1}));
}

TEST(DetGradient, NeedsOneSizeOfTheMatrices) {
  EXPECT_NO_THROW(model_of_det({"batch", "n", 3}, false));
  EXPECT_THROW(model_of_det({2, "n", "m"}, false), Error);
}

TEST(DetGradient, RefusesMatricesThatAreTooLarge) { EXPECT_THROW(gradient("Det", {Tensor::full(Shape{33, 33}, 1.0f)}), Error); }

}  // namespace
}  // namespace upkeep::gradients
