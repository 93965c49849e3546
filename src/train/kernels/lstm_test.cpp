#include "train/kernels/recurrent_test.hpp"

namespace upkeep::kernels {
namespace {

std::vector<Attribute> lstm_attributes(const RecurrentCase& one) { return {{"direction", one.direction}, {"hidden_size", one.hidden}}; }

// The runtime's sigmoid and tanh are approximations good to about 1e-6; what they differ by goes on through the steps.
TEST(LstmKernel, MatchesItsExpansion) {
  for (const RecurrentCase& one : recurrent_cases()) {
    SCOPED_TRACE(upkeep::format("{} {} steps {} rows", one.direction, one.steps, one.batch));
    EXPECT_KERNEL_MATCHES_EXPANSION("LSTM", recurrent_inputs(one, 4, 2),
                                    {.attributes = lstm_attributes(one), .wanted = {true, true, true, false, false}, .tolerance = 2e-5});
  }
}

TEST(LstmKernel, GradientsMatchFiniteDifferences) {
  for (const RecurrentCase& one :
       {RecurrentCase{"forward", 3, 2, 2, 3}, {"reverse", 3, 2, 2, 3}, {"bidirectional", 3, 2, 2, 2, true, true}}) {
    SCOPED_TRACE(one.direction);
    expect_recurrent_gradients("LSTM", lstm_attributes(one), recurrent_inputs(one, 4, 2));
  }
}

TEST(LstmKernel, LeavesUnusualCellsAlone) {
  Model model;
  Ops ops(model);
  const Value x = ops.input("x", DType::kFloat32, {3, 2, 4});
  const Value w = ops.input("w", DType::kFloat32, {1, 20, 4});
  const Value r = ops.input("r", DType::kFloat32, {1, 20, 5});
  const std::vector<std::string> activations = {"HardSigmoid", "Tanh", "Tanh"};
  const Value y = ops.node("LSTM", {x, w, r}, {{"hidden_size", std::int64_t{5}}, {"activations", activations}});
  fuse(ops, {y});
  EXPECT_EQ(model.graph.nodes.at(0).domain, "");
}

}  // namespace
}  // namespace upkeep::kernels
