#include "graph/opset_testing.hpp"

namespace upkeep {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(TransformsAdapter, KeepsTheAxisOfATransform) {
  EXPECT_THAT(in_set(20, of_set(17, "(float[1,4,4,1] x) => (float[1,4,4,2] y) { y = DFT (x) }")),
              AllOf(HasSubstr("DFT (x, , constant)"), HasSubstr("{1}")));
  EXPECT_THAT(in_set(17, of_set(20, "(float[1,4,4,1] x) => (float[1,4,4,2] y) { y = DFT (x) }")), HasSubstr("axis: int = -2"));
}

TEST(TransformsAdapter, AddsZerosWhereThereIsNoBias) {
  EXPECT_THAT(in_set(7, of_set(13, "(float[2,3] a, float[3,4] b) => (float[2,4] y) { y = Gemm (a, b) }")),
              AllOf(HasSubstr("Gemm (a, b, constant)"), HasSubstr("{0}")));
}

}  // namespace
}  // namespace upkeep
