#include "optimize/quantize/shared/bias_correction.hpp"

#include "optimize/quantize/quantize_testing.hpp"

namespace upkeep::quantization {

// By hand: y = W x with W = [0.3, 0.7] and 7-fold steps of 0.4, so that W_q = [0.4, 0.8]; E[x] = [2, 3].
TEST(BiasCorrection, IsTheRoundingTimesTheMean) {
  const Model model = model_from_text(R"(
    <ir_version: 8, opset_import: ["": 17]>
    g (float[N,2] x) => (float[N,1] y) <float[2,1] w = {0.3, 0.7}, float[1] b = {0}> { y = Gemm(x, w, b) })");
  const Wiring wiring(model);
  const Plan plan = make_plan(wiring, {});
  const Observations observed = observe(model, plan, {{"x", Tensor({2, 2}, std::vector<float>{1, 2, 3, 4})}}, 1);
  const QuantizedWeights weights{
      {"w", {.values = Tensor({2, 1}, std::vector<std::int8_t>{1, 2}), .scales = {0.4F}, .zero_points = {0}, .axis = {}}}};
  const Corrections made = bias_corrections(wiring, plan, weights, observed);
  EXPECT_THAT(made.at("w"), testing::ElementsAre(testing::FloatNear(-(0.1F * 2 + 0.1F * 3), 1e-6F)));
}

}  // namespace upkeep::quantization
