#include "graph/opset_testing.hpp"

namespace upkeep {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(SamplingAdapter, KeepsTheCoordinatesOfRegions) {
  const std::string regions = "(float[1,1,4,4] x, float[1,4] r, int64[1] i) => (float[1,1,1,1] y) { y = RoiAlign (x, r, i) }";
  EXPECT_THAT(in_set(22, of_set(10, regions)), HasSubstr("output_half_pixel"));
  EXPECT_THAT(in_set(10, in_set(18, of_set(13, regions))), Not(HasSubstr("output_half_pixel")));
  EXPECT_THAT(why_not_in_set(15, of_set(16, regions)), HasSubstr("half a pixel"));
}

TEST(SamplingAdapter, RefusesVolumesBeforeSet20) {
  EXPECT_THAT(why_not_in_set(19, of_set(20, "(float[1,1,2,2,2] x, float[1,2,2,2,3] g) => (float[1,1,2,2,2] y) { y = GridSample (x, g) }")),
              HasSubstr("rank 4"));
}

}  // namespace
}  // namespace upkeep
