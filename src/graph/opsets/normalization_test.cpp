#include "graph/opset_testing.hpp"

namespace upkeep {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(NormalizationAdapter, DropsStatisticsOfChannelsAndWritesOutOthers) {
  const std::string one = "(float[2,3] x, float[3] s, float[3] b, float[3] m, float[3] v) => (float[2,3] y) { y = BatchNormalization ";
  EXPECT_THAT(in_set(22, of_set(7, one + "<spatial = 1> (x, s, b, m, v) }")), Not(HasSubstr("spatial")));
  EXPECT_THAT(in_set(9, of_set(7, one + "<spatial = 0> (x, s, b, m, v) }")),
              AllOf(HasSubstr("Sqrt"), Not(HasSubstr("BatchNormalization"))));
}

TEST(NormalizationAdapter, RefusesTraining) {
  EXPECT_THAT(why_not_in_set(13, of_set(14,
                                        "(float[2,3] x, float[3] s, float[3] b, float[3] m, float[3] v) => (float[2,3] y) { y, mm, vv = "
                                        "BatchNormalization <training_mode = 1> (x, s, b, m, v) }")),
              HasSubstr("training"));
}

TEST(NormalizationAdapter, WritesGroupsOutWhereTheirScalesAreOfGroups) {
  const std::string groups =
      "(float[n,4,3] x, float[4] s, float[4] b) => (float[n,4,3] y) { y = GroupNormalization <num_groups = 2> (x, s, b) }";
  for (const std::int64_t version : {20, 18, 17, 12})
    EXPECT_THAT(in_set(version, of_set(21, groups)), Not(HasSubstr("GroupNormalization (")));
}

}  // namespace
}  // namespace upkeep
