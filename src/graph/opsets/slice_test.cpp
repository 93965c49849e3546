#include "graph/opset_testing.hpp"

namespace upkeep {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(SliceAdapter, GoesBetweenAttributesAndInputs) {
  const std::string old = of_set(9, "(float[2,4] x) => (float[2,2] y) { y = Slice <axes = [1], starts = [1], ends = [3]> (x) }");
  const std::string up = in_set(13, old);
  EXPECT_THAT(up, AllOf(Not(HasSubstr("starts")), HasSubstr("{3}")));
  EXPECT_THAT(in_set(9, up), AllOf(HasSubstr("starts: ints = [1]"), HasSubstr("ends: ints = [3]"), HasSubstr("axes: ints = [1]")));
}

TEST(SliceAdapter, HasNoStepsAndNoAxesFromTheBackBefore) {
  const std::string graph = "(float[2,4] x) => (float[2,2] y) <int64[1] b = {0}, int64[1] e = {2}, int64[1] a = {-1}, int64[1] s = ";
  EXPECT_THAT(in_set(7, of_set(13, graph + "{1}> { y = Slice (x, b, e, a, s) }")), HasSubstr("axes: ints = [1]"));
  EXPECT_THAT(
      why_not_in_set(
          9,
          of_set(13, "(float[4] x) => (float[2] y) <int64[1] b = {0}, int64[1] e = {4}, int64[1] s = {2}> { y = Slice (x, b, e, , s) }")),
      HasSubstr("steps"));
  EXPECT_THAT(why_not_in_set(9, of_set(13, "(float[n] x, int64[1] e) => (float[m] y) <int64[1] b = {0}> { y = Slice (x, b, e) }")),
              HasSubstr("\"e\" is computed"));
}

}  // namespace
}  // namespace upkeep
