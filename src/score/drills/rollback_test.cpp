#include "score/drills/drills_testing.hpp"

namespace upkeep::drills {

using testing::HasSubstr;

struct RollbackDrilled : testing::Test {
  Registry registry{RegistryAddress((folder() / "registry").string())};
  const TemporaryFolder& folder() const { return folder_; }
  Item drilled() {
    Subject subject = sound_subject();
    subject.version = registry.resolve("m@production");
    subject.copy = &registry;
    return run_drill("rollback", subject).at(0);
  }
  static inline const TemporaryFolder folder_;
  ~RollbackDrilled() override { std::filesystem::remove_all(folder_ / "registry"); }
};

TEST_F(RollbackDrilled, FindsTheVersionBeforeAndTimesIt) {
  for (const float bias : {1.0F, 2.0F}) registry.promote("m", registry.publish("m", scoring_model(bias)).version, "production");
  const Item item = drilled();
  EXPECT_EQ(item.points, 100);
  EXPECT_GT(item.value.value(), 0);
  EXPECT_EQ(item.evidence["to"], 1);
  EXPECT_EQ(item.evidence["answered"], true);
}

TEST_F(RollbackDrilled, FindsARegistryThatCannotRollBack) {
  registry.promote("m", registry.publish("m", scoring_model()).version, "production");
  const Item item = drilled();
  EXPECT_EQ(item.points, 0);
  EXPECT_EQ(item.state, State::kMeasured);
  EXPECT_THAT(item.improvement, HasSubstr("second version"));
}

TEST_F(RollbackDrilled, FindsAVersionBeforeThatCannotAnswerTheSameRows) {
  Model other;
  Ops ops(other);
  ops.output(ops.add(ops.input("z", DType::kFloat32, {"batch", 2}), 1.0F), "y");
  registry.promote("m", registry.publish("m", other).version, "production");
  registry.promote("m", registry.publish("m", scoring_model()).version, "production");
  EXPECT_EQ(drilled().points, 0);
}

TEST(RollbackDrill, IsWorthNothingWhereTheRegistryCannotBeCopied) {
  Subject subject = sound_subject();
  subject.copy_problem = "a digest differs";
  const Item item = run_drill("rollback", subject).at(0);
  EXPECT_EQ(item.points, 0);
  EXPECT_THAT(item.method, HasSubstr("a digest differs"));
}

TEST(RollbackDrill, IsAbsentOfAVersionByItsNumber) {
  Subject subject = sound_subject();
  subject.alias.clear();
  EXPECT_EQ(run_drill("rollback", subject).at(0).state, State::kAbsent);
}

}  // namespace upkeep::drills
