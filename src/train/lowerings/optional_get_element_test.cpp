#include "graph/onnx.hpp"
#include "train/gradients/finite_differences_test.hpp"
#include "train/gradients/whole_model_test.hpp"
#include "train/lowerings/written_out_test.hpp"

namespace upkeep::lowerings {

TEST(OptionalLowering, HasGradientsThroughItsElement) {
  const Tensors inputs = {{"x", gradients::random_tensor({4, 3})}};
  EXPECT_MODEL_GRADIENTS(gradients::double_model(R"(g (double[4, 3] x) => (double y) {
    o = Optional (x) a = OptionalGetElement (o) b = Mul (a, x) y = ReduceSum <keepdims = 0> (b) })"),
                         inputs);
  EXPECT_MODEL_GRADIENTS(gradients::double_model(R"(g (double[4, 3] x) => (double y) {
    a = OptionalGetElement (x) b = Mul (a, a) y = ReduceSum <keepdims = 0> (b) })"),
                         inputs);
}

}  // namespace upkeep::lowerings
