#include "score/drills/drills_testing.hpp"

namespace upkeep::drills {

// x -> 3 additions in a chain, and the sum of the first with the last: 4 operators, all on one way.
TEST(StructureDrill, CountsTheLongestChain) {
  Subject subject;
  Ops ops(subject.model);
  const Value first = ops.add(ops.input("x", DType::kFloat32, {"batch", 2}), 1.0F);
  const Value last = ops.add(ops.add(first, 1.0F), 1.0F);
  ops.output(ops.add(first, last), "y");
  const Item item = run_drill("structure", subject).at(0);
  EXPECT_EQ(item.value, 4);
  EXPECT_EQ(item.evidence["branches"], 1);
  EXPECT_EQ(item.points, 100);
}

TEST(StructureDrill, FindsAWayThatIsTooLong) {
  const Item item = run_drill("structure", sound_subject(), {{"full_depth", 0}, {"zero_depth", 1}}).at(0);
  EXPECT_EQ(item.points, 0);
  EXPECT_NE(item.improvement, "");
}

}  // namespace upkeep::drills
