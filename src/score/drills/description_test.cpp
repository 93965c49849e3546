#include "score/drills/drills_testing.hpp"

namespace upkeep::drills {

using testing::HasSubstr;

TEST(DescriptionDrill, IsContentWithAModelThatSaysItAll) {
  for (const Item& item : run_drill("description", sound_subject())) {
    EXPECT_EQ(item.points, 100) << item.name << item.evidence;
    EXPECT_EQ(item.improvement, "");
  }
}

TEST(DescriptionDrill, FindsAModelWithoutClasses) {
  Subject subject = sound_subject();
  Signature signature = signature_of(subject.model);
  signature.outputs[0].classes.clear();
  set_signature(subject.model, signature);
  const Item item = run_drill("description", subject).at(1);
  EXPECT_EQ(item.value, 0.5);  // its target is known
  EXPECT_EQ(item.points, 50);
  EXPECT_THAT(item.improvement, HasSubstr("classes of output \"y\""));
}

TEST(DescriptionDrill, CountsColumnsAndTheRecord) {
  Subject subject = sound_subject();
  Signature signature = signature_of(subject.model);
  signature.inputs[0].features.clear();
  set_signature(subject.model, signature);
  subject.version.description.clear();
  const std::vector<Item> items = run_drill("description", subject);
  EXPECT_EQ(items[0].points, 0);
  EXPECT_DOUBLE_EQ(items[2].value.value(), 2.0 / 3);
  EXPECT_THAT(items[2].improvement, HasSubstr("--description"));
}

}  // namespace upkeep::drills
