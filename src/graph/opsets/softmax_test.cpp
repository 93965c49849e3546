#include "graph/opset_testing.hpp"

namespace upkeep {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(SoftmaxAdapter, SaysTheAxisWhereItIsTheLast) {
  EXPECT_THAT(in_set(13, of_set(12, "(float[n,4] x) => (float[n,4] y) { y = Softmax (x) }")), HasSubstr("Softmax <axis: int = 1> (x)"));
  EXPECT_THAT(in_set(7, of_set(13, "(float[n,4] x) => (float[n,4] y) { y = LogSoftmax (x) }")),
              HasSubstr("LogSoftmax <axis: int = 1> (x)"));
  EXPECT_THAT(in_set(7, of_set(13, "(float[n,4,1] x) => (float[n,4,1] y) { y = Softmax <axis = 1> (x) }")),
              HasSubstr("Softmax <axis: int = 1> (x)"));
}

TEST(SoftmaxAdapter, FlattensOnTheWayUpAndTurnsOnTheWayDown) {
  EXPECT_THAT(in_set(13, of_set(12, "(float[2,3,4] x) => (float[2,3,4] y) { y = Softmax (x) }")),
              AllOf(HasSubstr("Flatten <axis: int = 1> (x)"), HasSubstr("axis: int = -1"), HasSubstr("Reshape")));
  EXPECT_THAT(in_set(12, of_set(13, "(float[2,3,4] x) => (float[2,3,4] y) { y = Softmax <axis = 1> (x) }")),
              AllOf(HasSubstr("Transpose <perm: ints = [0, 2, 1]> (x)"), HasSubstr("axis: int = 2")));
}

}  // namespace
}  // namespace upkeep
