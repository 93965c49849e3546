#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

TEST(Identity, HandsItsInputOnWithoutAnOperator) {
  const Architecture net = architecture_from_yaml("layers: [{input: {shape: [2]}}, identity, {rescaling: {scale: 2}}]");
  const Model model = build_model(net, {});
  EXPECT_EQ(model.graph.nodes.size(), 1U);
  EXPECT_THAT(values(run(model, Tensor({1, 2}, std::vector<float>{1, -2}))), testing::ElementsAre(2, -4));
}

}  // namespace
}  // namespace upkeep::layers
