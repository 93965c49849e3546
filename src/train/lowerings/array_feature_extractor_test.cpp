#include <cmath>

#include "graph/onnx.hpp"
#include "train/gradients/finite_differences_test.hpp"
#include "train/lowerings/lowering.hpp"
#include "train/lowerings/written_out_test.hpp"

namespace upkeep::lowerings {

TEST(ArrayFeatureExtractorLowering, GivesTheAnswersOfOnnxRuntimesOperators) {
  const Tensor x = gradients::random_tensor({4, 3}).cast(DType::kFloat32);
  const Model model = model_from_text(R"(<ir_version: 10, opset_import: ["": 21, "ai.onnx.ml": 3]>
    g (float[n, 3] x) => (float[n, 4] y, float[n, 6] z) {
      i = Constant <value = int64[1, 4] {2, 0, 1, 2}> ()
      y = ai.onnx.ml.ArrayFeatureExtractor (x, i)
      z = ai.onnx.ml.FeatureVectorizer <inputdimensions = [3, 3]> (x, x)
    })");
  EXPECT_TRUE(same_answers(model, lowered(model), {{"x", x}}));
  EXPECT_TRUE(lowered(model).graph.producer("y")->domain.empty());
  EXPECT_TRUE(lowered(model).graph.producer("z")->domain.empty());
}

}  // namespace upkeep::lowerings
