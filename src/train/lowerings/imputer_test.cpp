#include <cmath>

#include "graph/onnx.hpp"
#include "train/gradients/finite_differences_test.hpp"
#include "train/lowerings/lowering.hpp"
#include "train/lowerings/written_out_test.hpp"

namespace upkeep::lowerings {

TEST(ImputerLowering, GivesTheAnswersOfOnnxRuntimesOperator) {
  Model model = model_from_text(R"(<ir_version: 10, opset_import: ["": 21, "ai.onnx.ml": 3]>
    g (float[n, 2] x) => (float[n, 2] y) { y = ai.onnx.ml.Imputer <imputed_value_floats = [5.0, 6.0], replaced_value_float = 0.0> (x) })");
  EXPECT_TRUE(same_answers(model, lowered(model), {{"x", Tensor({2, 2}, std::vector<float>{0, 1, 2, 0})}}));
  EXPECT_TRUE(lowered(model).graph.producer("y")->domain.empty());
  for (Attribute& attribute : model.graph.nodes[0].attributes)
    if (attribute.name == "replaced_value_float") attribute.value = std::nanf("");
  EXPECT_TRUE(same_answers(model, lowered(model), {{"x", Tensor({2, 2}, std::vector<float>{std::nanf(""), 1, 2, 0})}}));
}

}  // namespace upkeep::lowerings
