#include "graph/opset_testing.hpp"

namespace upkeep {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(DropoutAdapter, GivesMasksTheirType) {
  const std::string graph = "(float[4] x) => (float[4] y, float[4] m) { y, m = Dropout <ratio = 0.25> (x) }";
  EXPECT_THAT(in_set(13, of_set(7, graph)), AllOf(HasSubstr("Cast <to: int = 1>"), HasSubstr("{0.25}")));
  EXPECT_THAT(in_set(7, of_set(10, "(float[4] x) => (float[4] y, bool[4] m) { y, m = Dropout (x) }")), HasSubstr("Cast <to: int = 9>"));
  EXPECT_THAT(in_set(7, of_set(13, "(float[4] x) => (float[4] y, bool[4] m) <float r = {0.25}> { y, m = Dropout (x, r) }")),
              AllOf(HasSubstr("m = Not ("), HasSubstr("ratio: float = 0.25")));  // all ones, which old sets do not say
}

TEST(DropoutAdapter, RefusesTraining) {
  EXPECT_THAT(why_not_in_set(11, of_set(13, "(float[4] x) => (float[4] y) <float r = {0.25}, bool t = {1}> { y = Dropout (x, r, t) }")),
              HasSubstr("training"));
  EXPECT_THAT(in_set(11, of_set(13, "(float[4] x) => (float[4] y) <bool t = {0}> { y = Dropout <seed = 3> (x, , t) }")),
              HasSubstr("Dropout (x)"));
}

}  // namespace
}  // namespace upkeep
