#include "runtime/session.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graph/ops.hpp"

namespace upkeep {
namespace {

using testing::ElementsAre;

// y = x w + 1
Model affine() {
  Model model;
  Ops ops(model);
  const Value x = ops.input("x", DType::kFloat32, {"batch", 2});
  const Value w = ops.initializer("w", Tensor({2, 2}, std::vector<float>{1, 2, 3, 4}));
  ops.output(ops.add(ops.matmul(x, w), 1.0f), "y");
  return model;
}

TEST(Session, RunsAModel) {
  const Session session(affine());
  const Tensors out = session.run({{"x", Tensor({1, 2}, std::vector<float>{1, 10})}});
  EXPECT_EQ(out.at("y").shape(), (Shape{1, 2}));
  EXPECT_THAT(out.at("y").floats(), ElementsAre(32, 43));
}

}  // namespace
}  // namespace upkeep
