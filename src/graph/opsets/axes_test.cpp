#include "graph/opset_testing.hpp"

namespace upkeep {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(AxesAdapter, SqueezesAndReducesWithoutAxes) {
  EXPECT_THAT(in_set(12, of_set(13, "(float[2,1,3] x) => (float[2,3] y) { y = Squeeze (x) }")), HasSubstr("Squeeze (x)"));
  EXPECT_THAT(in_set(17, of_set(18, "(float[2,4] x) => (float[1,1] y) { y = ReduceMean (x) }")), HasSubstr("ReduceMean (x)"));
  EXPECT_THAT(in_set(7, of_set(18, "(float[2,4] x) => (float[1,1] y) { y = ReduceMax (x) }")), HasSubstr("ReduceMax (x)"));
  EXPECT_THAT(in_set(17, of_set(18, "(float[2,4] x) => (float[2,4] y) { y = ReduceMax <noop_with_empty_axes = 1> (x) }")),
              HasSubstr("Identity (x)"));
}

TEST(AxesAdapter, TakesAxesFromInitializersAndConstantNodes) {
  for (const std::string axes :
       {"{ a = Constant <value = int64[1] {1}> () y = Unsqueeze (x, a) }", "{ a = Constant <value_ints = [1]> () y = Unsqueeze (x, a) }",
        "<int64[1] a = {1}> { y = Unsqueeze (x, a) }", "<int64[1] a = {1}> { b = Identity (a) y = Unsqueeze (x, b) }"}) {
    const std::string down = in_set(12, of_set(13, "(float[2,4] x) => (float[2,1,4] y) " + axes));
    EXPECT_THAT(down, HasSubstr("Unsqueeze <axes: ints = [1]> (x)")) << axes;
    EXPECT_THAT(in_set(13, down), AllOf(HasSubstr("Unsqueeze (x, constant)"), HasSubstr("{1}")));
  }
}

TEST(AxesAdapter, RefusesAxesThatAreComputed) {
  EXPECT_THAT(why_not_in_set(12, of_set(13, "(float[n,m] x, int64[1] a) => (float[k,l,m] y) { y = Unsqueeze (x, a) }")),
              AllOf(HasSubstr("Unsqueeze"), HasSubstr("\"a\" is computed by the graph")));
}

TEST(AxesAdapter, WritesReductionsOutWhoseAxesAreComputed) {
  const std::string sum = "(float[2,4] x, int64[1] a) => (float[n,m] y) { y = ReduceL1 (x, a) }";
  EXPECT_THAT(in_set(13, of_set(18, sum)), AllOf(HasSubstr("Abs (x)"), HasSubstr("ReduceSum")));
  EXPECT_THAT(why_not_in_set(12, of_set(18, sum)), HasSubstr("\"a\" is computed by the graph"));
  EXPECT_THAT(why_not_in_set(13, of_set(18, "(float[2,4] x, int64[1] a) => (float[n,m] y) { y = ReduceMax (x, a) }")),
              HasSubstr("ReduceMax"));
}

TEST(AxesAdapter, CountsFromTheFrontBeforeSet11) {
  EXPECT_THAT(in_set(10, of_set(11, "(float[2,4] x) => (float[2,1] y) { y = ReduceSum <axes = [-1]> (x) }")),
              HasSubstr("axes: ints = [1]"));
  EXPECT_THAT(in_set(7, of_set(11, "(float[2,4] x) => (float[2,4,1] y) { y = Unsqueeze <axes = [-1]> (x) }")),
              HasSubstr("axes: ints = [2]"));
  EXPECT_THAT(in_set(7, of_set(11, "(float[2,4] x) => (float[2,8] y) { y = Concat <axis = -1> (x, x) }")), HasSubstr("axis: int = 1"));
}

}  // namespace
}  // namespace upkeep
