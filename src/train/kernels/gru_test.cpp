#include "train/kernels/recurrent_test.hpp"

namespace upkeep::kernels {
namespace {

// The runtime's sigmoid and tanh are approximations good to about 1e-6; what they differ by goes on through the steps.
TEST(GruKernel, MatchesItsExpansion) {
  for (const RecurrentCase& one : recurrent_cases()) {
    SCOPED_TRACE(upkeep::format("{} {} steps {} rows", one.direction, one.steps, one.batch));
    EXPECT_KERNEL_MATCHES_EXPANSION(
        "GRU", recurrent_inputs(one, 3, 1),
        {.attributes = {{"direction", one.direction}, {"hidden_size", one.hidden}}, .wanted = {true, true, false}, .tolerance = 2e-5});
  }
}

TEST(GruKernel, GradientsMatchFiniteDifferences) {
  for (const RecurrentCase& one :
       {RecurrentCase{"forward", 3, 2, 2, 3}, {"reverse", 3, 2, 2, 3}, {"bidirectional", 3, 2, 2, 2, true, true}}) {
    SCOPED_TRACE(one.direction);
    expect_recurrent_gradients("GRU", {{"direction", one.direction}, {"hidden_size", one.hidden}, {"linear_before_reset", std::int64_t{1}}},
                               recurrent_inputs(one, 3, 1));
  }
}

TEST(GruKernel, LeavesTheOtherFormOfResetAlone) {
  Model model;
  Ops ops(model);
  const Value x = ops.input("x", DType::kFloat32, {3, 2, 4});
  const Value w = ops.input("w", DType::kFloat32, {1, 15, 4});
  const Value r = ops.input("r", DType::kFloat32, {1, 15, 5});
  const Value y = ops.node("GRU", {x, w, r}, {{"hidden_size", std::int64_t{5}}});
  fuse(ops, {y});
  EXPECT_EQ(model.graph.nodes.at(0).domain, "");
}

}  // namespace
}  // namespace upkeep::kernels
