#include "graph/subgraph.hpp"

#include <gmock/gmock.h>

#include "graph/onnx.hpp"

namespace upkeep {
namespace {

using testing::ElementsAre;

Model loop_model() {
  return model_from_text(R"(
    <ir_version: 10, opset_import: ["": 21]>
    g (int64 n, float[2] x, float[2] w, bool c) => (float[2] y) {
      square = Mul (x, x)
      y = Loop (n, c, x) <body = b (int64 i, bool c0, float[2] s0) => (bool c1, float[2] s1) {
        c1 = Identity (c0)
        p = Mul (s0, square)
        s1 = If (c) <then_branch = t () => (float[2] q) { q = Add (p, w) }, else_branch = e () => (float[2] r) { r = Neg (p) }>
        unused = Neg (p)
      }>
    })");
}

TEST(Subgraphs, SayWhatTheyReadFromOutside) {
  const Model model = loop_model();
  EXPECT_THAT(reads_of(model.graph.nodes[1]), ElementsAre("c", "n", "square", "w", "x"));
  EXPECT_THAT(reads_of(*subgraphs(model.graph.nodes[1])[0]), ElementsAre("c", "square", "w"));
  EXPECT_TRUE(reads_of(model.graph).empty());
}

TEST(Subgraphs, LoseWhatNothingNeeds) {
  Graph body = *subgraphs(loop_model().graph.nodes[1])[0];
  EXPECT_EQ(body.nodes.size(), 4U);
  drop_unused(body);
  EXPECT_EQ(body.nodes.size(), 3U);
}

TEST(Subgraphs, CountAsReadersOfWeights) {
  Model model = loop_model();
  Graph& graph = model.graph;
  graph.initializers = {{"w", Tensor({2}, std::vector<float>{1, 2})},
                        {"square", Tensor::scalar(1.0F)},
                        {"nobody", Tensor::scalar(1.0F)},
                        {"kept", Tensor::scalar(1.0F)},
                        {graph.inputs[0].name, Tensor({2}, std::vector<float>{3, 4})}};
  const std::size_t nodes = graph.nodes.size();
  drop_unread_initializers(graph, {"kept"});
  EXPECT_TRUE(graph.initializer("w"));  // in the loop alone
  EXPECT_TRUE(graph.initializer("square"));
  EXPECT_FALSE(graph.initializer("nobody"));
  EXPECT_TRUE(graph.initializer("kept"));
  EXPECT_TRUE(graph.initializer(graph.inputs[0].name));  // an input's default
  EXPECT_EQ(graph.nodes.size(), nodes);
}

TEST(Subgraphs, AreRenamedWithTheGraphsInThem) {
  const Graph body = *subgraphs(loop_model().graph.nodes[1])[0];
  const Graph moved = with_names_under(with_captures_renamed(body, {{"square", "other"}, {"p", "not_captured"}}), "at/");
  EXPECT_THAT(reads_of(moved), ElementsAre("c", "other", "w"));
  for (const Node& node : moved.nodes)
    for (const std::string& name : node.outputs) EXPECT_TRUE(name.starts_with("at/")) << name;
  EXPECT_EQ(subgraphs(moved.nodes[2])[0]->outputs[0].name, "at/forward/q");
}

TEST(Subgraph, FindsValuesOfTheOuterGraphAndGivesNewResults) {
  Model model = loop_model();
  Ops ops(model);
  Subgraph body(ops, *subgraphs(model.graph.nodes[1])[0], "at/");
  Ops& inner = body.ops();
  EXPECT_EQ(inner.existing("square").dims(), (Dims{2}));
  EXPECT_FALSE(inner.knows("nowhere"));
  const Value sum = inner.add(inner.existing("s0"), inner.existing("square"));
  const GraphPtr made = body.with_outputs({inner.existing("c0"), sum});
  EXPECT_EQ(made->nodes.size(), 2U);  // the sum, and an Identity for the input that is a result
  EXPECT_EQ(made->outputs.size(), 2U);
}

TEST(Ops, ReplacesANodeInItsPlace) {
  Model model = loop_model();
  Ops ops(model);
  ops.replace(ops.existing("square"), [&](const Node&) { return std::vector<Value>{ops.exp(ops.existing("x"))}; });
  EXPECT_EQ(model.graph.nodes[0].op, "Exp");
  EXPECT_EQ(model.graph.nodes[0].outputs[0], "square");
  EXPECT_EQ(model.graph.nodes.size(), 2U);
  verify(model);
  EXPECT_THROW(ops.replace(ops.existing("square"),
                           [&](const Node&) -> std::vector<Value> {
                             ops.neg(ops.existing("x"));
                             throw Error(ErrorCode::kUnsupported, "no");
                           }),
               Error);
  EXPECT_EQ(model.graph.nodes.size(), 2U);
}

TEST(FunctionBody, IsThatOfTheModelOrOfOnnx) {
  const Model model = model_from_text(R"(
    <ir_version: 10, opset_import: ["": 21, "own": 1]>
    g (float[2] x) => (float[2] y) { t = own.twice (x) y = Celu (t) }
    <domain: "own", opset_import: ["": 21]> twice (a) => (b) { b = Add (a, a) })");
  const ValueType type{DType::kFloat32, Dims{2}, {}};
  const auto twice = function_body(model, model.graph.nodes[0], {type});
  ASSERT_TRUE(twice);
  EXPECT_EQ(twice->nodes.at(0).op, "Add");
  EXPECT_EQ(twice->outputs.at(0).name, "t");
  const auto celu = function_body(model, model.graph.nodes[1], {type});
  ASSERT_TRUE(celu);
  EXPECT_EQ(celu->nodes.back().outputs.at(0), "y");
  EXPECT_FALSE(function_body(model, {.op = "Add", .domain = {}, .name = {}, .inputs = {"x", "x"}, .outputs = {"z"}}, {type, type}));
}

}  // namespace
}  // namespace upkeep
