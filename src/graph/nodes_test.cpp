#include "graph/nodes.hpp"

#include <gmock/gmock.h>

namespace upkeep {

using testing::ElementsAre;

TEST(Nodes, AreAskedForTheirOperatorAndInputs) {
  const Node node{.op = "Gemm", .domain = {}, .name = {}, .inputs = {"x", "", "b"}, .outputs = {"y"}};
  EXPECT_TRUE(is_op(node, "Gemm"));
  EXPECT_FALSE(is_op({.op = "Gemm", .domain = "com.example"}, "Gemm"));
  EXPECT_EQ(input(node, 2), "b");
  EXPECT_EQ(input(node, 1), "");  // absent
  EXPECT_EQ(input(node, 3), "");
  EXPECT_TRUE(is_elementwise({.op = "Relu", .inputs = {"x"}, .outputs = {"y"}}));
  EXPECT_FALSE(is_elementwise(node));
  EXPECT_TRUE(is_broadcasting({.op = "Add"}));
}

TEST(Nodes, AttributesAreSetOnce) {
  Node node{.op = "Softmax"};
  set_attribute(node, {"axis", std::int64_t{1}, {}});
  set_attribute(node, {"axis", std::int64_t{-1}, {}});
  ASSERT_EQ(node.attributes.size(), 1U);
  EXPECT_EQ(node.get<std::int64_t>("axis", 0), -1);
  EXPECT_EQ(from_front(-1, 4), 3);
  remove_attribute(node, "axis");
  EXPECT_TRUE(node.attributes.empty());
}

TEST(Nodes, IntegersOfBothWidthsAreRead) {
  const Tensor wide = int64s({3, -1});
  const Tensor narrow = wide.cast(DType::kInt32);
  const Tensor floats = wide.cast(DType::kFloat32);
  EXPECT_THAT(*integers(&narrow), ElementsAre(3, -1));
  EXPECT_EQ(integers(&floats), std::nullopt);
  EXPECT_EQ(integers(nullptr), std::nullopt);
}

}  // namespace upkeep
