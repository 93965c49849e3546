#include <gmock/gmock.h>

#include "graph/onnx.hpp"
#include "train/gradients/finite_differences_test.hpp"
#include "train/gradients/whole_model_test.hpp"
#include "train/lowerings/lowering.hpp"
#include "train/lowerings/written_out_test.hpp"

namespace upkeep::lowerings {

constexpr const char* kRegressor = R"(
  <ir_version: 10, opset_import: ["": 21, "ai.onnx.ml": 3]>
  g (float[n, 2] x) => (float[n, 2] y) {
    y = ai.onnx.ml.LinearRegressor <coefficients = [1.0, 2.0, 3.0, 4.0], intercepts = [0.5, 0.25], targets = 2> (x)
  })";

TEST(LinearRegressorLowering, GivesTheSameAnswersWithTrainableWeights) {
  const Model model = model_from_text(kRegressor);
  const Model made = lowered(model);
  EXPECT_TRUE(same_answers(model, made, {{"x", gradients::random_tensor({3, 2}).cast(DType::kFloat32)}}));
  ASSERT_EQ(made.graph.initializers.size(), 2U);
  EXPECT_EQ(made.graph.initializers[0].first, "y/coefficients");
  EXPECT_EQ(made.graph.initializers[0].second, Tensor({2, 2}, std::vector<float>{1, 2, 3, 4}));
}

TEST(LinearRegressorLowering, LeavesATransformationThatItDoesNotKnow) {
  Model model = model_from_text(kRegressor);
  model.graph.nodes[0].attributes.push_back({"post_transform", std::string("PROBIT"), {}});
  EXPECT_EQ(lowered(model).graph.nodes[0].op, "LinearRegressor");
}

}  // namespace upkeep::lowerings
