#include <gmock/gmock.h>

#include "base/format.hpp"
#include "graph/onnx.hpp"
#include "train/gradients/finite_differences_test.hpp"
#include "train/lowerings/lowering.hpp"
#include "train/lowerings/written_out_test.hpp"

namespace upkeep::lowerings {
namespace {

Model classifier(const std::string& attributes, const std::string& label = "int64[n]") {
  return model_from_text(upkeep::format(R"(
    <ir_version: 10, opset_import: ["": 21, "ai.onnx.ml": 3]>
    g (float[n, 2] x) => ({} label, float[n, k] scores) {{ label, scores = ai.onnx.ml.LinearClassifier <{}> (x) }})",
                                        label, attributes));
}

TEST(LinearClassifierLowering, GivesTheAnswersOfOnnxRuntimesOperator) {
  const Tensors inputs = {{"x", gradients::random_tensor({6, 2}, {.low = -2, .high = 2}).cast(DType::kFloat32)}};
  for (const char* transform : {"NONE", "LOGISTIC", "SOFTMAX"}) {
    SCOPED_TRACE(transform);
    for (const char* weights :
         {"coefficients = [1.0, -0.5], intercepts = [0.1], classlabels_ints = [7, 9]", "coefficients = [1.0, -0.5], intercepts = [0.1]",
          "coefficients = [-1.0, 0.5, 1.0, -0.5], intercepts = [-0.1, 0.1], classlabels_ints = [7, 9], multi_class = 1",
          "coefficients = [-1.0, 0.5, 1.0, -0.5, 0.0, 1.0], intercepts = [0.0, 0.1, 0.0], classlabels_ints = [3, 1, 2]"}) {
      const Model model = classifier(upkeep::format("{}, post_transform = \"{}\"", weights, transform));
      EXPECT_TRUE(same_answers(model, lowered(model), inputs)) << weights;
    }
  }
  const Model named = classifier(
      "coefficients = [-1.0, 0.5, 1.0, -0.5, 0.0, 1.0], intercepts = [0.0, 0.1, 0.0], classlabels_strings = [\"a\", \"b\", \"c\"], "
      "post_transform = \"SOFTMAX\"",
      "string[n]");
  EXPECT_TRUE(same_answers(named, lowered(named), inputs));
}

TEST(LinearClassifierLowering, NamesTheTransformationsThatItKnows) {
  try {
    written_out(classifier("coefficients = [1.0, -0.5], intercepts = [0.1], classlabels_ints = [7], post_transform = \"PROBIT\""));
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("SOFTMAX"));
  }
}

}  // namespace
}  // namespace upkeep::lowerings
