#include "optimize/rewrites/wiring.hpp"

#include "layers/graph_view.hpp"

#include <gmock/gmock.h>

#include "optimize/rewrites/rewrite_testing.hpp"

namespace upkeep::rewrites {

using testing::ElementsAre;

TEST(Wiring, KnowsWhoMakesAndWhoReads) {
  const Model model = model_from_text(R"(<ir_version: 10, opset_import: ["" : 21]>
    g (float[n] x, bool c) => (float[n] y) {
      a = Relu (x)
      y = If (c) <then_branch = t () => (float[n] p) { p = Neg (a) }, else_branch = e () => (float[n] q) { q = Abs (x) }>
    })");
  Wiring wiring(model);
  const auto made = wiring.producer("a");
  ASSERT_TRUE(made);
  EXPECT_EQ(wiring.node(*made).op, "Relu");
  EXPECT_EQ(wiring.readers("x").size(), 2U);  // one of them inside of a branch
  EXPECT_EQ(wiring.only_reader("a"), wiring.producer("y"));
  EXPECT_FALSE(wiring.only_reader("y"));  // an output
  wiring.forward("a", "x");
  Model after = model;
  after.graph = wiring.finish();
  verify(after);
  EXPECT_EQ(after.graph.nodes.size(), 1U);  // nobody reads the Relu any more
}

TEST(Wiring, PutsNodesBehindWhatTheyRead) {
  const Model model = model_from_text(R"(<ir_version: 10, opset_import: ["" : 21]> g (float[n] x) => (float[n] y) { y = Relu (x) })");
  Wiring wiring(model);
  wiring.change(*wiring.producer("y"), [](Node& node) { node.inputs = {"late"}; });
  wiring.add({.op = "Neg", .domain = {}, .name = {}, .inputs = {"x"}, .outputs = {"late"}}, {});
  Model after = model;
  after.graph = wiring.finish();
  verify(after);
  EXPECT_EQ(after.graph.nodes[0].op, "Neg");
}

TEST(Wiring, TransposesTensors) {
  const Tensor tensor({2, 1, 3}, std::vector<float>{0, 1, 2, 3, 4, 5});
  const Tensor made = layers::permuted(tensor, {2, 0, 1});
  EXPECT_EQ(made.shape(), (Shape{3, 2, 1}));
  EXPECT_THAT(made.floats(), ElementsAre(0, 3, 1, 4, 2, 5));
  EXPECT_EQ(layers::permuted(made, inverse({2, 0, 1})), tensor);
  EXPECT_THAT(taken(tensor, 2, {2, 0, 1}).floats(), ElementsAre(2, 0, 1, 5, 3, 4));
}

}  // namespace upkeep::rewrites
