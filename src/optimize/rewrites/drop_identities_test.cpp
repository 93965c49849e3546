#include <gmock/gmock.h>

#include <array>

#include "graph/stop_gradient.hpp"
#include "optimize/rewrites/rewrite_testing.hpp"

namespace upkeep {

namespace {

constexpr const char* kDrop = "drop-identities";
const std::string kHead = "<ir_version: 10, opset_import: [\"\" : 21]> ";

}  // namespace

TEST(DropIdentities, TakesOutWhatChangesNothing) {
  const Model after = expect_rewritten(kDrop, kHead + R"(g (float[n,4] x) => (float[n,4] y)
    <int64[2] same = {0, 4}, int64[2] open = {-1, 4}, int64[4] none = {0, 0, 0, 0}, int64[2] once = {1, 1}, float[3] unread = {1, 2, 3}> {
      a = Identity (x)
      b = Dropout (a)
      c = Cast <to = 1> (b)
      d = Transpose <perm = [0, 1]> (c)
      e = Reshape (d, same)
      f = Reshape (e, open)
      h = Pad (f, none)
      i = Tile (h, once)
      j = Concat <axis = 1> (i)
      k = Sum (j)
      r = Relu (k)
      lost = Neg (r)
      y = Identity (r)
    })");
  ASSERT_EQ(after.graph.nodes.size(), 1U);
  EXPECT_EQ(after.graph.nodes[0].op, "Relu");
  EXPECT_EQ(after.graph.nodes[0].outputs[0], "y");  // the output keeps its name
  EXPECT_TRUE(after.graph.initializers.empty());
}

TEST(DropIdentities, KeepsWhatDoesSomething) {
  const std::vector<std::array<std::string, 3>> cases = {{"double[4,4]", "Cast <to = 11> (x)", ""},
                                                         {"float[4,4]", "Transpose <perm = [1, 0]> (x)", ""},
                                                         {"float[4,4]", "Transpose (x)", ""},
                                                         {"float[16]", "Reshape (x, flat)", "<int64[1] flat = {16}>"},
                                                         {"float[4,5]", "Pad (x, wider)", "<int64[4] wider = {0, 1, 0, 0}>"},
                                                         {"float[4,8]", "Tile (x, twice)", "<int64[2] twice = {1, 2}>"},
                                                         {"float[8,4]", "Concat <axis = 0> (x, x)", ""},
                                                         {"float[4,4]", "Sum (x, x)", ""}};
  for (const auto& [type, node, weights] : cases)
    expect_unchanged(kDrop, kHead + "g (float[4,4] x) => (" + type + " y) " + weights + " { y = " + node + " }");
}

TEST(DropIdentities, KeepsWhatStopsAGradient) {
  Model model = model_from_text(kHead + "g (float[n] x) => (float[n] y) { s = Identity (x) t = Identity (s) y = Relu (t) }");
  set(model.graph.nodes[0].metadata, kStopGradientKey, kStopGradientValue);
  const Model after = expect_rewritten(kDrop, model_to_text(model));
  ASSERT_EQ(after.graph.nodes.size(), 2U);
  EXPECT_TRUE(stops_gradient(after.graph.nodes[0]));
}

TEST(DropIdentities, KeepsAReshapeOfWhichTheSizesAreNotKnown) {
  expect_unchanged(kDrop, kHead + "g (float[n,m] x) => (float[k,4] y) <int64[2] target = {-1, 4}> { y = Reshape (x, target) }");
}

TEST(DropIdentities, KeepsADropoutThatTrains) {
  expect_unchanged(kDrop, kHead + "g (float[n,4] x) => (float[n,4] y) <float r = {0.5}, bool t = {1}> { y = Dropout (x, r, t) }");
  expect_unchanged(kDrop, kHead + "g (float[n,4] x) => (float[n,4] y, bool[n,4] m) { y, m = Dropout (x) }");
}

TEST(DropIdentities, KeepsAnOutputThatIsAnInput) { expect_unchanged(kDrop, kHead + "g (float[n] x) => (float[n] y) { y = Identity (x) }"); }

TEST(DropIdentities, ReachesIntoSubgraphs) {
  const Model after = rewritten(kDrop, kHead + R"(g (float[2] x, bool c) => (float[2] y) {
    y = If (c) <then_branch = t () => (float[2] p) { a = Neg (x) p = Identity (a) }, else_branch = e () => (float[2] q) { q = Identity (x) }>
  })");
  EXPECT_THAT(model_to_text(after), testing::HasSubstr("p = Neg (x)"));
  EXPECT_THAT(model_to_text(after), testing::HasSubstr("q = Identity (x)"));  // a branch must make what it gives
}

}  // namespace upkeep
