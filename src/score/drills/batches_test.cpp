#include "score/drills/drills_testing.hpp"

namespace upkeep::drills {

TEST(BatchesDrill, IsContentWithAModelThatTreatsRowsAlike) {
  const std::vector<Item> items = run_drill("batches", sound_subject());
  EXPECT_EQ(items[0].points, 100);
  EXPECT_EQ(items[0].value, 0);
  EXPECT_EQ(items[1].evidence["ms_by_batch"].size(), 4U);
}

TEST(BatchesDrill, FindsAnAnswerThatDependsOnOtherRows) {
  Subject subject = sound_subject();
  Model mixing;
  Ops ops(mixing);
  const Value x = ops.input("x", DType::kFloat32, {"batch", 2});
  ops.output(ops.node("Sub", {x, ops.node("ReduceMean", {x, ops.constant(Tensor({1}, std::vector<std::int64_t>{0}))})}), "y");
  Signature signature = signature_of(mixing);
  signature.inputs[0].features = {{.column = "a"}, {.column = "b"}};
  set_signature(mixing, signature);
  subject.model = mixing;
  const Item item = run_drill("batches", subject).at(0);
  EXPECT_EQ(item.points, 0);
  EXPECT_NE(item.improvement, "");
}

TEST(BatchesDrill, FindsAModelOfOneRow) {
  Subject subject = sound_subject();
  Model fixed;
  Ops ops(fixed);
  ops.output(ops.add(ops.input("x", DType::kFloat32, {1, 2}), 1.0F), "y");
  Signature signature = signature_of(fixed);
  signature.inputs[0].features = {{.column = "a"}, {.column = "b"}};
  set_signature(fixed, signature);
  subject.model = fixed;
  for (const Item& item : run_drill("batches", subject)) EXPECT_EQ(item.points, 0) << item.name;
}

TEST(BatchesDrill, IsAbsentWithoutAReference) {
  Subject subject = sound_subject();
  subject.reference.reset();
  for (const Item& item : run_drill("batches", subject)) EXPECT_EQ(item.state, State::kAbsent);
}

}  // namespace upkeep::drills
