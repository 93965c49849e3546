#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

TEST(MulGradient, MatchesFiniteDifferences) {
  const std::vector<std::pair<Shape, Shape>> pairs = {{{}, {}},         {{2, 3}, {2, 3}}, {{2, 3}, {3}},
                                                      {{2, 1}, {1, 3}}, {{2, 3}, {}},     {{2, 0}, {2, 1}}};
  for (const auto& [a, b] : pairs) {
    SCOPED_TRACE(to_string(a) + " " + to_string(b));
    EXPECT_GRADIENT("Mul", {random_tensor(a), random_tensor(b, {.seed = 2})});
  }
  EXPECT_GRADIENT("Mul", {random_tensor({3}), fixed(random_tensor({}))});
}

TEST(MulGradient, OfASquareIsOneProduct) {
  Model model;
  Ops ops(model);
  const Value x = ops.input("x", DType::kFloat32, {3});
  const Value loss = ops.reduce_sum(ops.mul(x, x), {});
  differentiate(ops, loss, {x});
  EXPECT_EQ(model.graph.nodes.size(), 3u);  // Mul, ReduceSum; Mul by 2
}

}  // namespace
}  // namespace upkeep::gradients
