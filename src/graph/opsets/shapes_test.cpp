#include "graph/opset_testing.hpp"

namespace upkeep {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(ShapesAdapter, DropsAllowZeroWhereThereIsNone) {
  EXPECT_THAT(in_set(7, of_set(19, "(float[4] x) => (float[2,2] y) <int64[2] s = {2, -1}> { y = Reshape <allowzero = 1> (x, s) }")),
              Not(HasSubstr("allowzero")));
  EXPECT_THAT(why_not_in_set(13, of_set(14, "(float[n] x, int64[2] s) => (float[a,b] y) { y = Reshape <allowzero = 1> (x, s) }")),
              HasSubstr("\"s\""));
}

TEST(ShapesAdapter, SlicesShapes) {
  EXPECT_THAT(in_set(13, of_set(15, "(float[n,2,3] x) => (int64[2] s) { s = Shape <start = 1> (x) }")),
              AllOf(HasSubstr("Slice"), HasSubstr("{1}")));
}

TEST(ShapesAdapter, ReadsColumnsBeforeRows) {
  EXPECT_THAT(in_set(10, of_set(11, "(float[n,8,2,3] x) => (float[n,2,4,6] y) { y = DepthToSpace <blocksize = 2, mode = \"CRD\"> (x) }")),
              AllOf(HasSubstr("{-1,2,2,2,2,3}"), HasSubstr("[0, 1, 4, 2, 5, 3]"), HasSubstr("{-1,2,4,6}")));
}

TEST(ShapesAdapter, SelectsTriangles) {
  EXPECT_THAT(in_set(13, of_set(14, "(float[2,2] x) => (float[2,2] y) { y = Trilu <upper = 0> (x) }")),
              AllOf(HasSubstr("Where"), HasSubstr("{1,0,1,1}")));
}

}  // namespace
}  // namespace upkeep
