// Every activation of Keras, as the layers write it, against the gradients of Keras 3.15 on TensorFlow 2.21.

#include <gtest/gtest.h>

#include "layers/shared/activations.hpp"
#include "runtime/session.hpp"
#include "train/gradients/gradient.hpp"

namespace upkeep::gradients {
namespace {

struct KerasAnswer {
  std::string activation;
  std::vector<float> gradient;
};

const Tensor kX({3, 4}, std::vector<float>{-7, -3.3f, -1.2f, -0.4f, 0, 0.3f, 1.2f, 3.5f, 7, 0.6f, -0.55f, 2});

// Of sum(activation(x) * w), w = 0.25, 0.5, ..., 3 (for glu, which halves the row, its first two columns).
const std::vector<KerasAnswer> kExpected = {
    {"relu", {0, 0, 0, 0, 0, 1.5f, 1.75f, 2, 2.25f, 2.5f, 0, 3}},
    {"leaky_relu", {0.050000001f, 0.1f, 0.15000001f, 0.2f, 0.25f, 1.5f, 1.75f, 2, 2.25f, 2.5f, 0.55000001f, 3}},
    {"relu6", {0, 0, 0, 0, 1.25f, 1.5f, 1.75f, 2, 0, 2.5f, 0, 3}},
    {"elu", {0.00022797287f, 0.018441588f, 0.22589564f, 0.67032003f, 1.25f, 1.5f, 1.75f, 2, 2.25f, 2.5f, 1.5866119f, 3}},
    {"celu", {0.00022797049f, 0.018441584f, 0.22589564f, 0.67032003f, 1.25f, 1.5f, 1.75f, 2, 2.25f, 2.5f, 1.5866119f, 3}},
    {"selu",
     {0.00040081143f, 0.032422125f, 0.397147f, 1.1784892f, 1.3133763f, 1.5760515f, 1.8387268f, 2.101402f, 2.3640773f, 2.6267526f,
      2.7894211f, 3.1521029f}},
    {"gelu",
     {-1.5665809e-11f, -0.002600529f, -0.088465199f, 0.1972702f, 0.625f, 1.0984917f, 1.9564188f, 2.0056436f, 2.25f, 2.3142042f, 0.28198653f,
      3.2556953f}},
    {"silu",
     {-0.0013651244f, -0.038819112f, 0.01350141f, 0.305208f, 0.625f, 0.97166991f, 1.7184968f, 2.140547f, 2.2622864f, 1.9573171f, 0.6552155f,
      3.2723527f}},
    {"mish",
     {-0.0013664718f, -0.040513828f, -0.0015065819f, 0.34757283f, 0.74999994f, 1.1742409f, 1.8836138f, 2.0198786f, 2.2500453f, 2.3261771f,
      0.71985292f, 3.2079535f}},
    {"softplus",
     {0.00022776281f, 0.017785598f, 0.1736064f, 0.40131229f, 0.625f, 0.8616637f, 1.3449183f, 1.9413755f, 2.2479501f, 1.6141409f, 1.006127f,
      2.6423912f}},
    {"softsign",
     {0.00390625f, 0.027041642f, 0.15495867f, 0.51020408f, 1.25f, 0.88757408f, 0.36157024f, 0.098765433f, 0.03515625f, 0.97656244f,
      1.144641f, 0.33333334f}},
    {"squareplus",
     {0.0048095137f, 0.036200538f, 0.18206409f, 0.40194193f, 0.625f, 0.86125535f, 1.3251839f, 1.8682431f, 2.2067144f, 1.6091849f,
      1.0104098f, 2.5606604f}},
    {"sparse_plus", {0, 0, 0, 0.30000001f, 0.625f, 0.97499996f, 1.75f, 2, 2.25f, 2, 0.61874998f, 3}},
    {"sparse_sigmoid", {0, 0, 0, 0.5f, 0.625f, 0.75f, 0, 0, 0, 1.25f, 1.375f, 0}},
    {"sigmoid",
     {0.0002275553f, 0.017152943f, 0.13342083f, 0.24026074f, 0.3125f, 0.36668748f, 0.31131536f, 0.056906089f, 0.0020480107f, 0.57196057f,
      0.63802093f, 0.31498072f}},
    {"log_sigmoid",
     {0.24977224f, 0.48221442f, 0.57639354f, 0.59868771f, 0.625f, 0.63833612f, 0.4050816f, 0.058624461f, 0.0020498652f, 0.88585919f,
      1.7438729f, 0.35760877f}},
    {"hard_sigmoid", {0, 0, 0.125f, 0.16666667f, 0.20833333f, 0.25f, 0.29166666f, 0, 0, 0.41666666f, 0.45833334f, 0.5f}},
    {"hard_silu", {0, 0, 0.074999988f, 0.36666664f, 0.625f, 0.90000004f, 1.575f, 2, 2.25f, 1.7499999f, 0.8708334f, 3.5f}},
    {"hard_tanh", {0, 0, 0, 1, 1.25f, 1.5f, 0, 0, 0, 2.5f, 2.75f, 0}},
    {"hard_shrink", {0.25f, 0.5f, 0.75f, 0, 0, 0, 1.75f, 2, 2.25f, 2.5f, 2.75f, 3}},
    {"soft_shrink", {0.25f, 0.5f, 0.75f, 0, 0, 0, 1.75f, 2, 2.25f, 2.5f, 2.75f, 3}},
    {"tanh",
     {8.3446503e-07f, 0.002713263f, 0.22876489f, 0.85563874f, 1.25f, 1.3727055f, 0.53378475f, 0.0072815418f, 7.5101852e-06f, 1.7789445f,
      2.0610688f, 0.21195245f}},
    {"tanh_shrink",
     {0.24999917f, 0.49728674f, 0.52123511f, 0.14436126f, 0, 0.12729454f, 1.2162153f, 1.9927185f, 2.2499924f, 0.72105551f, 0.68893123f,
      2.7880476f}},
    {"exponential",
     {0.00022797049f, 0.018441584f, 0.22589564f, 0.67032003f, 1.25f, 2.0247881f, 5.8102045f, 66.230904f, 2467.4246f, 4.5552974f, 1.5866119f,
      22.167168f}},
    {"softmax",
     {-0.00059308106f, -0.014852785f, -0.046686295f, 0.062132094f, -0.017838165f, -0.015378189f, -0.016423702f, 0.049639937f,
      -0.0056312527f, 0.00040235787f, 0.0002577652f, 0.0049708113f}},
    {"log_softmax",
     {0.24774133f, 0.40864253f, 0.0039596558f, -0.66034353f, 1.0824113f, 1.2737789f, 1.1935859f, -3.5497761f, -8.1571112f, 2.482708f,
      2.7445247f, 2.9298775f}},
    {"glu",
     {0.057868801f, 0.20065616f, -0.31131524f, -0.39643022f, 0.96065593f, 1.4560316f, 0, 0.012803871f, 0.8231948f, 2.2019928f, 3.6541202f,
      0.15749036f}},
    {"relu:negative_slope=0.1,max_value=5,threshold=0.5",
     {0.025f, 0.050000001f, 0.075000003f, 0.1f, 0.125f, 0.15000001f, 1.75f, 2, 0, 2.5f, 0.27500001f, 3}},
    {"sparsemax", {0, 0, -0.125f, -0.75f, 0, 0, 0, 0, 0, 0, 0, 0}},
    {"gelu:approximate=true",
     {0, -0.0023747147f, -0.088294595f, 0.19734116f, 0.625f, 1.0984433f, 1.9560207f, 2.0048459f, 2.25f, 2.313729f, 0.28241774f,
      3.2582974f}},
    {"threshold:threshold=0.5,default_value=2", {0, 0, 0, 0, 0, 0, 1.75f, 2, 2.25f, 2.5f, 0, 3}},
    {"softmax:axis=0",
     {-1.6607828e-06f, -0.017888891f, -0.076454908f, -0.018936332f, -0.00091021898f, -0.23403576f, -0.051944479f, -0.13123672f,
      0.00091183413f, 0.25192457f, 0.12839931f, 0.15017281f}},
    {"elu:alpha=0.5", {0.00011398643f, 0.0092207938f, 0.11294782f, 0.33516002f, 0.625f, 1.5f, 1.75f, 2, 2.25f, 2.5f, 0.79330593f, 3}},
    {"celu:alpha=0.5", {2.0788218e-07f, 0.00068018411f, 0.068038456f, 0.44932896f, 1.25f, 1.5f, 1.75f, 2, 2.25f, 2.5f, 0.9153955f, 3}},
};

Tensor weights(const Dims& dims) {
  std::vector<float> values;
  for (int row = 0; row < 3; ++row)
    for (int column = 0; column < dims[1].value; ++column) values.push_back(0.25f * static_cast<float>(4 * row + column + 1));
  return Tensor({3, dims[1].value}, std::move(values));
}

Tensor gradient_of(const std::string& activation) {
  Model model;
  Ops ops(model);
  const Value x = ops.input("x", DType::kFloat32, {"batch", 4});
  const Value y = layers::activate(ops, x, Json(activation));
  const Value loss = ops.reduce_sum(ops.mul(y, ops.constant(weights(y.dims()))), {});
  ops.output(differentiate(ops, loss, {x})[0], "gradient");
  return Session(model, {.threads = 1}).run({{"x", kX}}).at("gradient");
}

// 0 is among the points: at a kink we take the side that Keras takes. Two differ on purpose. Keras's celu counts both sides and gives twice
// the slope; ours is 1.25. Keras's relu6 stops at its bounds, where Clip, like tf.clip_by_value, still lets the gradient through.
TEST(KerasActivations, HaveTheGradientsOfKeras) {
  for (const auto& [activation, wanted] : kExpected) {
    const Tensor made = gradient_of(activation);
    for (std::size_t i = 0; i < wanted.size(); ++i)
      EXPECT_NEAR(made.floats()[i], wanted[i], 1e-6f + 2e-6f * std::abs(wanted[i])) << activation << " at " << kX.floats()[i];
  }
}

}  // namespace
}  // namespace upkeep::gradients
