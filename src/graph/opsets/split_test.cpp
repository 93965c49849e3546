#include "graph/opset_testing.hpp"

namespace upkeep {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(SplitAdapter, KeepsEqualPartsWithoutSizes) {
  const std::string graph = "(float[n,4] x) => (float[n,2] p, float[n,2] q) { p, q = Split <axis = 1> (x) }";
  EXPECT_THAT(in_set(12, of_set(13, graph)), HasSubstr("Split <axis: int = 1> (x)"));
  EXPECT_THAT(in_set(18, of_set(13, graph)), HasSubstr("num_outputs: int = 2"));
}

TEST(SplitAdapter, SaysSizesOfUnequalParts) {
  EXPECT_THAT(in_set(7, of_set(18, "(float[5] x) => (float[3] a, float[2] b) { a, b = Split <num_outputs = 2> (x) }")),
              HasSubstr("split: ints = [3, 2]"));
  EXPECT_THAT(
      in_set(17,
             of_set(18, "(float[5] x) => (float[2] a, float[2] b, float[1] c, float[0] d) { a, b, c, d = Split <num_outputs = 4> (x) }")),
      HasSubstr("{2,2,1,0}"));
  EXPECT_THAT(in_set(13, of_set(12, "(float[5] x) => (float[4] a, float[1] b) { a, b = Split <split = [4, 1]> (x) }")),
              AllOf(HasSubstr("{4,1}"), HasSubstr("Split (x, constant)")));
}

}  // namespace
}  // namespace upkeep
