// Numbers from Keras 3.15 on TensorFlow 2.21: keras.regularizers.OrthogonalRegularizer(...)(w) and its tf.GradientTape.

#include <gmock/gmock.h>

#include <cmath>

#include "runtime/session.hpp"
#include "train/gradients/gradient.hpp"
#include "train/regularizers/regularizer.hpp"

namespace upkeep::regularizers {
namespace {

Tensors run_orthogonal(const Json& regularizer) {
  Model model;
  Ops ops(model);
  const Value weight = ops.input("w", DType::kFloat32, {3, 3});
  const Value total = penalty(ops, weight, regularizer);
  ops.output(gradients::differentiate(ops, total, {weight})[0], "gradient");
  ops.output(ops.identity(total), "penalty");
  const Tensor values({3, 3}, std::vector<float>{1, -2, 0.5f, 3, 0.25f, 0, -0.5f, 1.5f, -4});
  return Session(model, {.threads = 1}).run({{"w", values}});
}

void expect_orthogonal(const Json& regularizer, float wanted, const std::vector<float>& gradient) {
  const Tensors made = run_orthogonal(regularizer);
  EXPECT_NEAR(made.at("penalty").floats()[0], wanted, 1e-6f * wanted);
  for (std::size_t i = 0; i < gradient.size(); ++i)
    EXPECT_NEAR(made.at("gradient").floats()[i], gradient[i], 1e-6f * wanted + 2e-6f * std::abs(gradient[i])) << i;
}

TEST(OrthogonalRegularizer, MatchesKerasOnRows) {
  expect_orthogonal("orthogonal_regularizer", 0.00335801858f,
                    {0.00103441847f, 0.000782382675f, 0.00106069457f, 0.000116164796f, -0.00139397802f, 0.00127136998f, -0.00105243328f,
                     0.000437787734f, 0.000295724603f});
}

TEST(OrthogonalRegularizer, MatchesKerasOnColumns) {
  expect_orthogonal({{"class_name", "OrthogonalRegularizer"}, {"config", {{"factor", 0.5}, {"mode", "columns"}}}}, 0.188915849f,
                    {0.0407040045f, 0.0206778571f, 0.0412880369f, -0.0267578922f, -0.0683626905f, 0.0346279703f, -0.0791393444f,
                     0.0389642529f, 0.00516100228f});
}

TEST(OrthogonalRegularizer, NeedsAMatrix) {
  Model model;
  Ops ops(model);
  EXPECT_THROW(penalty(ops, ops.input("w", DType::kFloat32, {3}), "orthogonal_regularizer"), Error);
}

}  // namespace
}  // namespace upkeep::regularizers
