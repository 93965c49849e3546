#include "graph/onnx.hpp"
#include "train/gradients/finite_differences_test.hpp"
#include "train/gradients/whole_model_test.hpp"
#include "train/lowerings/written_out_test.hpp"

namespace upkeep::lowerings {

TEST(StftLowering, GivesTheAnswersOfOnnxRuntimesOperatorAndHasGradients) {
  const Model model = gradients::double_model(R"(g (double[2, 11, 1] x, double[4] w) => (double[2, f, k, 2] y) {
    step = Constant <value = int64 {3}> ()
    y = STFT (x, step, w)
  })");
  const Tensors inputs = {{"x", gradients::random_tensor({2, 11, 1})}, {"w", gradients::random_tensor({4}, {.seed = 2})}};
  const Model made = written_out(model);
  EXPECT_TRUE(same_answers(model, made, inputs));
  EXPECT_EQ(made.graph.producer("y")->op, "DFT");
  EXPECT_MODEL_GRADIENTS(made, inputs);
}

}  // namespace upkeep::lowerings
