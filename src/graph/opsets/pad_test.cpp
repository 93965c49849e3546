#include "graph/opset_testing.hpp"

namespace upkeep {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(PadAdapter, GoesBetweenAttributesAndInputs) {
  const std::string up = in_set(11, of_set(10, "(float[4] x) => (float[7] y) { y = Pad <pads = [1, 2], value = 0.5> (x) }"));
  EXPECT_THAT(up, AllOf(HasSubstr("{1,2}"), HasSubstr("{0.5}"), Not(HasSubstr("pads:"))));
  EXPECT_THAT(in_set(7, up), AllOf(HasSubstr("pads: ints = [1, 2]"), HasSubstr("value: float = 0.5")));
  EXPECT_THAT(in_set(21, of_set(7, "(float[4] x) => (float[7] y) { y = Pad <pads = [1, 2], mode = \"edge\"> (x) }")),
              HasSubstr("Pad <mode: string = \"edge\"> (x, constant)"));
}

TEST(PadAdapter, RefusesWhatOldSetsDoNotHave) {
  EXPECT_THAT(why_not_in_set(18, of_set(19, "(float[4] x) => (float[7] y) <int64[2] p = {1, 2}> { y = Pad <mode = \"wrap\"> (x, p) }")),
              HasSubstr("wrap"));
  EXPECT_THAT(why_not_in_set(10, of_set(11, "(float[n] x, int64[2] p) => (float[m] y) { y = Pad (x, p) }")), HasSubstr("computed"));
}

}  // namespace
}  // namespace upkeep
