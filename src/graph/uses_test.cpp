#include "graph/uses.hpp"

#include <gmock/gmock.h>

#include "graph/onnx.hpp"

namespace upkeep {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Uses, KnowWhoMakesAndWhoReadsInSubgraphsToo) {
  const Model model = model_from_text(R"(<ir_version: 10, opset_import: ["" : 21]>
    g (float[n] x, bool c) => (float[n] y, float[n] a) {
      a = Relu (x)
      b = Add (a, a)
      y = If (c) <then_branch = t () => (float[n] p) { p = Neg (b) }, else_branch = e () => (float[n] q) { q = Abs (x) }>
    })");
  Uses uses(model.graph);
  EXPECT_EQ(uses.producer("a"), 0U);
  EXPECT_EQ(uses.producer("x"), std::nullopt);  // an input
  EXPECT_EQ(uses.producer("p"), std::nullopt);  // made inside of a branch
  EXPECT_THAT(uses.readers("a"), ElementsAre(1));
  EXPECT_THAT(uses.readers("x"), ElementsAre(0, 2));
  EXPECT_THAT(uses.readers("nothing"), IsEmpty());
  EXPECT_EQ(uses.only_reader("b"), 2U);
  EXPECT_EQ(uses.only_reader("a"), std::nullopt);  // an output
  EXPECT_TRUE(uses.is_output("y"));

  uses.remove(1, model.graph.nodes[1]);
  EXPECT_THAT(uses.readers("a"), IsEmpty());
  EXPECT_EQ(uses.producer("b"), std::nullopt);
  uses.add(7, model.graph.nodes[1]);
  EXPECT_EQ(uses.producer("b"), 7U);
}

}  // namespace upkeep
