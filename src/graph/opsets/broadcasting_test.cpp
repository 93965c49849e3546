#include "graph/opset_testing.hpp"

namespace upkeep {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(BroadcastingAdapter, AddsInStepsWhereSumDoesNotBroadcast) {
  EXPECT_THAT(in_set(7, of_set(8, "(float[2,4] a, float[4] b, float[1] c) => (float[2,4] y) { y = Sum (a, b, c) }")),
              AllOf(HasSubstr("Add (a, b)"), Not(HasSubstr("Sum ("))));
  EXPECT_THAT(in_set(7, of_set(8, "(float[2,4] a, float[4] b) => (float[2,4] y) { y = Mean (a, b) }")),
              AllOf(HasSubstr("Add (a, b)"), HasSubstr("Div ("), HasSubstr("{2}")));
  EXPECT_THAT(in_set(7, of_set(8, "(float[n,4] a, float[n,4] b) => (float[n,4] y) { y = Sum (a, b) }")), HasSubstr("Sum (a, b)"));
}

TEST(BroadcastingAdapter, RepeatsWhatMaxWouldBroadcast) {
  EXPECT_THAT(in_set(7, of_set(8, "(float[2,4] a, float[4] b) => (float[2,4] y) { y = Max (a, b) }")),
              AllOf(HasSubstr("Unsqueeze <axes: ints = [0]> (b)"), HasSubstr("Tile"), HasSubstr("{2,1}")));
  EXPECT_THAT(why_not_in_set(7, of_set(8, "(float[n,4] a, float[m,4] b) => (float[k,4] y) { y = Max (a, b) }")), HasSubstr("not known"));
}

TEST(BroadcastingAdapter, ExpandsByAProductAndTakesPowersOfOneType) {
  EXPECT_THAT(in_set(7, of_set(8, "(float[1,4] x) => (float[2,4] y) <int64[2] s = {2, 1}> { y = Expand (x, s) }")),
              HasSubstr("Mul (x, constant)"));
  EXPECT_THAT(in_set(7, of_set(13, "(float[4] x, int32[4] p) => (float[4] y) { y = Pow (x, p) }")), HasSubstr("Cast <to: int = 1> (p)"));
}

}  // namespace
}  // namespace upkeep
