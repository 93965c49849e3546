#include "graph/opset_testing.hpp"

namespace upkeep {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(QuantizationAdapter, DropsTheAxisOfASingleScale) {
  EXPECT_THAT(in_set(10, of_set(13, "(float[2,4] x, float s, uint8 z) => (uint8[2,4] y) { y = QuantizeLinear (x, s, z) }")),
              HasSubstr("QuantizeLinear (x, s, z)"));
}

TEST(QuantizationAdapter, WritesScalesAlongAnAxisOut) {
  EXPECT_THAT(in_set(12, of_set(13, "(uint8[2,4] x, float[4] s, uint8[4] z) => (float[2,4] y) { y = DequantizeLinear (x, s, z) }")),
              AllOf(HasSubstr("Sub"), HasSubstr("Mul"), HasSubstr("{1,-1}")));
  EXPECT_THAT(in_set(12, of_set(13, "(float[2,4] x, float[2] s, int8[2] z) => (int8[2,4] y) { y = QuantizeLinear <axis = 0> (x, s, z) }")),
              AllOf(HasSubstr("Round"), HasSubstr("{-1,1}"), HasSubstr("{-128}"), HasSubstr("{127}")));
}

TEST(QuantizationAdapter, SaysTheTypeByAZeroPoint) {
  EXPECT_THAT(in_set(20, of_set(21, "(float[4] x, float s) => (int8[4] y) { y = QuantizeLinear <output_dtype = 3> (x, s) }")),
              AllOf(HasSubstr("int8 constant"), HasSubstr("QuantizeLinear (x, s, constant)")));
}

}  // namespace
}  // namespace upkeep
