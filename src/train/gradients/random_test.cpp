#include <gtest/gtest.h>

#include "graph/onnx.hpp"
#include "train/gradients/whole_model_test.hpp"

namespace upkeep::gradients {

// y = x^2 + noise in the shape of x: the noise is left out of account.
TEST(RandomGradient, StopsAtRandomNumbers) {
  Model model = double_model(R"(g (double[2] x) => (double y) {
    noise = RandomUniformLike (x)
    square = Mul (x, x)
    sum = Add (square, noise)
    y = ReduceSum <keepdims = 0> (sum)
  })");
  Ops ops(model);
  const std::size_t before = model.graph.nodes.size();
  const Value gradient = differentiate(ops, ops.existing("y"), {ops.existing("x")})[0];
  EXPECT_EQ(gradient.dims(), Dims{2});
  for (std::size_t i = before; i < model.graph.nodes.size(); ++i)
    for (const std::string& input : model.graph.nodes[i].inputs) EXPECT_NE(input, "noise");
  const Value noise = differentiate(ops, {{ops.existing("noise"), ops.existing("x")}}, {ops.existing("x")})[0];
  EXPECT_EQ(model.graph.producer(noise.name())->op, "ConstantOfShape");
}

}  // namespace upkeep::gradients
