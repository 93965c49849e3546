#include "graph/wiring.hpp"

#include <gmock/gmock.h>

#include "graph/onnx.hpp"

namespace upkeep {

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

// tf2onnx names the last node after the output, which a Cast gives from then on.
TEST(Wiring, NamesNewNodesApartFromThoseOfTheFile) {
  Model model = model_from_text(R"(<ir_version: 10, opset_import: ["": 21]> g (float[2] x) => (float[2] y) { y = Relu (x) })");
  model.graph.nodes[0].name = "y";
  Wiring wiring(model);
  wiring.change(0, [](Node& node) { node.outputs = {"inner"}; });
  wiring.add({.op = "Identity", .domain = {}, .name = {}, .inputs = {"inner"}, .outputs = {"y"}}, {});
  const Graph made = wiring.finish();
  ASSERT_EQ(made.nodes.size(), 2U);
  EXPECT_NE(made.nodes[0].name, made.nodes[1].name);
}

TEST(Wiring, SubgraphsTakeNoNamesOfTheGraphsAroundThem) {
  Model model = model_from_text(R"(<ir_version: 10, opset_import: ["": 21]> g (float[2] x, bool c) => (float[2] y) {
    inner = Relu (x)
    y = If (c) <then_branch = a () => (float[2] p) { p = Neg (x) }, else_branch = b () => (float[2] q) { q = Abs (x) }>
  })");
  std::vector<std::string> made;
  in_subgraphs(model, [&](Model& inner) {
    Wiring wiring(inner);
    for (const char* wanted : {"inner", "x", "y", "c", "free"}) made.push_back(wiring.fresh(wanted));
    return std::size_t{0};
  });
  EXPECT_EQ(made.size(), 10U);
  for (const std::string& name : made) EXPECT_TRUE(name == "free" || name.ends_with("_1")) << name;
}

}  // namespace upkeep
