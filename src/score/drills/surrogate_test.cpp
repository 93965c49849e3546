#include "score/drills/drills_testing.hpp"

namespace upkeep::drills {

// A number of columns a and b: f(x) of the caller.
template <typename Make>
static Subject number_subject(const Make& make) {
  Subject subject = sound_subject();
  Model model;
  Ops ops(model);
  ops.output(make(ops, ops.input("x", DType::kFloat32, {"batch", 2})), "y");
  Signature signature = signature_of(model);
  signature.inputs[0].features = {{.column = "a"}, {.column = "b"}};
  signature.outputs[0].answer = Answer::kNumber;
  set_signature(model, signature);
  subject.model = model;
  return subject;
}

static Value column_a(Ops& ops, const Value& x) {
  return ops.node("Gather", {x, ops.constant(Tensor({1}, std::vector<std::int64_t>{0}))}, {{.name = "axis", .value = std::int64_t{1}}});
}

TEST(SurrogateDrill, IsContentWithAStepThatOneRuleSays) {
  const Subject subject = number_subject([](Ops& ops, const Value& x) { return ops.node("Sign", {column_a(ops, x)}); });
  const Item item = run_drill("surrogate", subject).at(0);
  EXPECT_EQ(item.points, 100) << item.method;
  EXPECT_GT(item.value.value(), 0.9);
}

TEST(SurrogateDrill, FindsAModelThatNoFewRulesSay) {
  const Subject subject = number_subject([](Ops& ops, const Value& x) { return ops.node("Sin", {ops.mul(column_a(ops, x), 300.0F)}); });
  const Item item = run_drill("surrogate", subject).at(0);
  EXPECT_LT(item.points, 30);
  EXPECT_NE(item.improvement, "");
}

// The class is the larger of a and b, and b always is.
TEST(SurrogateDrill, CountsDecisionsOfAModelOfClasses) {
  const Item item = run_drill("surrogate", sound_subject()).at(0);
  EXPECT_EQ(item.unit, "share of decisions");
  EXPECT_EQ(item.value, 1);
  EXPECT_DOUBLE_EQ(item.interval->second, 1);
}

TEST(SurrogateDrill, IsAbsentWithoutAReferenceAndWithTooFewRows) {
  Subject subject = sound_subject();
  subject.reference = normal_rows(4);
  EXPECT_EQ(run_drill("surrogate", subject).at(0).state, State::kAbsent);
  subject.reference.reset();
  EXPECT_EQ(run_drill("surrogate", subject).at(0).state, State::kAbsent);
}

}  // namespace upkeep::drills
