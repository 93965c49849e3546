#include "graph/opset_testing.hpp"

namespace upkeep {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(SelectionAdapter, TakesKFromAConstant) {
  const std::string up = in_set(13, of_set(7, "(float[4] x) => (float[2] v, int64[2] i) { v, i = TopK <k = 2> (x) }"));
  EXPECT_THAT(up, AllOf(HasSubstr("TopK (x, constant)"), HasSubstr("{2}")));
  EXPECT_THAT(in_set(7, up), HasSubstr("k: int = 2"));
}

TEST(SelectionAdapter, FindsTheSmallestAmongNegatives) {
  EXPECT_THAT(in_set(10, of_set(11, "(float[4] x) => (float[2] v, int64[2] i) <int64[1] k = {2}> { v, i = TopK <largest = 0> (x, k) }")),
              AllOf(HasSubstr("Neg (x)"), Not(HasSubstr("largest"))));
}

TEST(SelectionAdapter, CallsScatterByItsName) {
  const std::string graph = "(float[4] x, int64[2] i, float[2] u) => (float[4] y) { y = Scatter (x, i, u) }";
  EXPECT_THAT(in_set(13, of_set(9, graph)), HasSubstr("ScatterElements (x, i, u)"));
  EXPECT_THAT(in_set(9, in_set(13, of_set(9, graph))), HasSubstr("Scatter <axis: int = 0> (x, i, u)"));
  EXPECT_THAT(
      why_not_in_set(
          17, of_set(18, "(float[4] x, int64[2] i, float[2] u) => (float[4] y) { y = ScatterElements <reduction = \"max\"> (x, i, u) }")),
      HasSubstr("\"max\""));
  EXPECT_THAT(
      why_not_in_set(
          15, of_set(16, "(float[4] x, int64[2] i, float[2] u) => (float[4] y) { y = ScatterElements <reduction = \"add\"> (x, i, u) }")),
      HasSubstr("reduction"));
}

}  // namespace
}  // namespace upkeep
