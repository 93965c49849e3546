#include "graph/opset_testing.hpp"

namespace upkeep {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(ResizeAdapter, SaysHowUpsampleReads) {
  const std::string old =
      of_set(9, "(float[1,1,2,2] x) => (float[1,1,4,4] y) <float[4] s = {1, 1, 2, 2}> { y = Upsample <mode = \"nearest\"> (x, s) }");
  EXPECT_THAT(in_set(10, old), HasSubstr("Resize <mode: string = \"nearest\"> (x, s)"));
  EXPECT_THAT(in_set(13, old), AllOf(HasSubstr("\"asymmetric\""), HasSubstr("nearest_mode: string = \"floor\"")));
  EXPECT_THAT(in_set(7, in_set(13, old)), HasSubstr("Upsample <mode: string = \"nearest\", scales: floats = [1, 1, 2, 2]> (x)"));
}

TEST(ResizeAdapter, RoundsUpWhereSet10Shrinks) {
  const std::string graph = "(float[1,1,4,4] x) => (float[1,1,h,w] y) <float[4] s = ";
  EXPECT_THAT(in_set(11, of_set(10, graph + "{1, 1, 0.6, 0.6}> { y = Resize (x, s) }")), HasSubstr("\"ceil\""));
  EXPECT_THAT(in_set(11, of_set(10, graph + "{1, 1, 2, 0.5}> { y = Resize (x, s) }")),
              AllOf(HasSubstr("\"ceil\""), HasSubstr("\"floor\"")));
  EXPECT_THAT(why_not_in_set(11, of_set(10, "(float[1,1,4,4] x, float[4] s) => (float[a,b,c,d] y) { y = Resize (x, s) }")),
              HasSubstr("computed"));
}

TEST(ResizeAdapter, ReadsTheSameWhereWholeFactorsEnlarge) {
  const std::string graph = "(float[1,1,4,4] x) => (float[1,1,h,w] y) <float[4] s = {1, 1, 3, 2}> { y = Resize <";
  EXPECT_THAT(in_set(10, of_set(13, graph + "coordinate_transformation_mode = \"half_pixel\"> (x, , s) }")), HasSubstr("Resize <mode"));
  EXPECT_THAT(why_not_in_set(10, of_set(13, graph + "mode = \"linear\"> (x, , s) }")), HasSubstr("half_pixel"));
  EXPECT_THAT(why_not_in_set(10, of_set(13, graph + "mode = \"cubic\"> (x, , s) }")), HasSubstr("cubic"));
}

TEST(ResizeAdapter, TurnsSizesIntoScalesAndAxesIntoAll) {
  EXPECT_THAT(
      in_set(10,
             of_set(13,
                    "(float[1,1,4,4] x) => (float[1,1,8,8] y) <int64[4] z = {1, 1, 8, 8}> { y = Resize <coordinate_transformation_mode = "
                    "\"asymmetric\", nearest_mode = \"floor\"> (x, , , z) }")),
      HasSubstr("{1,1,2,2}"));
  EXPECT_THAT(
      in_set(17, of_set(18, "(float[1,1,4,4] x) => (float[1,1,8,8] y) <int64[2] z = {8, 8}> { y = Resize <axes = [2, 3]> (x, , , z) }")),
      AllOf(HasSubstr("{1,1,8,8}"), Not(HasSubstr("axes"))));
}

TEST(ResizeAdapter, RefusesWhatOldSetsDoNotHave) {
  const std::string graph = "(float[1,1,4,4] x) => (float[1,1,h,w] y) <float[4] s = {1, 1, 0.6, 0.6}> { y = Resize <";
  EXPECT_THAT(why_not_in_set(18, of_set(19, graph + "coordinate_transformation_mode = \"half_pixel_symmetric\"> (x, , s) }")),
              HasSubstr("half_pixel_symmetric"));
  EXPECT_THAT(why_not_in_set(17, of_set(18, graph + "antialias = 1, mode = \"linear\"> (x, , s) }")), HasSubstr("antialias"));
}

}  // namespace
}  // namespace upkeep
