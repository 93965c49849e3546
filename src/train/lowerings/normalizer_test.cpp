#include <cmath>

#include "graph/onnx.hpp"
#include "train/gradients/finite_differences_test.hpp"
#include "train/lowerings/lowering.hpp"
#include "train/lowerings/written_out_test.hpp"

namespace upkeep::lowerings {

TEST(NormalizerLowering, GivesTheAnswersOfOnnxRuntimesOperator) {
  const Tensors inputs = {{"x", Tensor({4, 2}, std::vector<float>{0.5f, -1, 2, 1, -0.3f, -0.1f, 0, 0})}};
  for (const char* norm : {"MAX", "L1", "L2"}) {
    const Model model = model_from_text(std::string(R"(<ir_version: 10, opset_import: ["": 21, "ai.onnx.ml": 3]>
      g (float[n, 2] x) => (float[n, 2] y) { y = ai.onnx.ml.Normalizer <norm = ")") +
                                        norm + "\"> (x) }");
    EXPECT_TRUE(same_answers(model, lowered(model), inputs)) << norm;
    EXPECT_TRUE(lowered(model).graph.producer("y")->domain.empty());
  }
}

}  // namespace upkeep::lowerings
