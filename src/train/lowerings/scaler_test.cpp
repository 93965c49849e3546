#include <cmath>

#include "graph/onnx.hpp"
#include "train/gradients/finite_differences_test.hpp"
#include "train/lowerings/lowering.hpp"
#include "train/lowerings/written_out_test.hpp"

namespace upkeep::lowerings {

TEST(ScalerLowering, GivesTheAnswersOfOnnxRuntimesOperators) {
  const Tensors inputs = {{"x", gradients::random_tensor({4, 2}).cast(DType::kFloat32)}};
  for (const char* call :
       {"Scaler <offset = [1.0, 2.0], scale = [2.0, 3.0]>", "Scaler <offset = [1.0], scale = [2.0]>", "Binarizer <threshold = 0.25>"}) {
    const Model model = model_from_text(std::string(R"(<ir_version: 10, opset_import: ["": 21, "ai.onnx.ml": 3]>
      g (float[n, 2] x) => (float[n, 2] y) { y = ai.onnx.ml.)") +
                                        call + " (x) }");
    EXPECT_TRUE(same_answers(model, lowered(model), inputs)) << call;
    EXPECT_TRUE(lowered(model).graph.producer("y")->domain.empty());
  }
}

}  // namespace upkeep::lowerings
