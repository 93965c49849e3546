#include "optimize/rewrites/rewrite_testing.hpp"

namespace upkeep {
namespace {

constexpr const char* kSplit = "split-to-slices";

std::string split_graph_of(const std::string& face, const std::string& nodes, int opset = 21) {
  return "<ir_version: 8, opset_import: [\"\" : " + std::to_string(opset) + "]> g " + face + " { " + nodes + " }";
}

TEST(SplitToSlices, CutsPartByPart) {
  const Model listed =
      expect_rewritten(kSplit, split_graph_of("(float[n,6] x) => (float[n,1] a, float[n,3] c) <int64[3] sizes = {1, 2, 3}>",
                                              "a, b, c = Split <axis = -1> (x, sizes)"));
  EXPECT_EQ(count_of(listed, "Slice"), 2U) << "nobody reads the part between";
  const Model alike = expect_rewritten(
      kSplit, split_graph_of("(float[n,5,2] x) => (float[n,4,2] y)",
                             "a, b, c = Split <axis = 1, num_outputs = 3> (x) d = Add(a, b) y = Concat <axis = 1> (d, a)"));
  EXPECT_EQ(count_of(alike, "Split"), 0U);
  expect_rewritten(kSplit,
                   split_graph_of("(float[n,4] x) => (float[n,1] a, float[n,3] b)", "a, b = Split <axis = 1, split = [1, 3]> (x)", 11));
}

TEST(SplitToSlices, LeavesPartsWhoseSizesComeWithTheData) {
  expect_unchanged(kSplit,
                   split_graph_of("(float[n,4] x, int64[2] sizes) => (float[n,p] a, float[n,q] b)", "a, b = Split <axis = 1> (x, sizes)"));
  expect_unchanged(kSplit,
                   split_graph_of("(float[n,m] x) => (float[n,p] a, float[n,p] b)", "a, b = Split <axis = 1, num_outputs = 2> (x)"));
}

}  // namespace
}  // namespace upkeep
