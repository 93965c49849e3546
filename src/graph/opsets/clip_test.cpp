#include "graph/opset_testing.hpp"

namespace upkeep {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(ClipAdapter, GoesBetweenAttributesAndInputs) {
  const std::string up = in_set(13, of_set(7, "(float[4] x) => (float[4] y) { y = Clip <max = 6.0> (x) }"));
  EXPECT_THAT(up, AllOf(HasSubstr("Clip (x, , constant)"), HasSubstr("{6}")));
  EXPECT_THAT(in_set(7, up), AllOf(HasSubstr("max: float = 6"), Not(HasSubstr("min:"))));
}

TEST(ClipAdapter, ComparesWithBoundsThatAreComputed) {
  EXPECT_THAT(in_set(10, of_set(13, "(float[4] x, float a, float b) => (float[4] y) { y = Clip (x, a, b) }")),
              AllOf(HasSubstr("Max (x, a)"), HasSubstr("Min ("), Not(HasSubstr("Clip ("))));
}

TEST(ClipAdapter, RefusesBoundsThatFloat32DoesNotHold) {
  EXPECT_THAT(why_not_in_set(10, of_set(13, "(double[4] x) => (double[4] y) <double a = {0.1}> { y = Clip (x, a) }")),
              HasSubstr("float32"));
}

}  // namespace
}  // namespace upkeep
