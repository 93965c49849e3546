#include <gmock/gmock.h>

#include "runtime/session.hpp"
#include "train/gradients/gradient.hpp"
#include "train/regularizers/regularizer.hpp"

namespace upkeep::regularizers {
namespace {

using testing::HasSubstr;

const Tensor kWeight({2, 2}, std::vector<float>{1, -2, 0.5f, 0});  // sum |w| = 3.5, sum w^2 = 5.25

Tensors run(const Json& regularizer) {
  Model model;
  Ops ops(model);
  const Value weight = ops.input("w", DType::kFloat32, {2, 2});
  const Value total = penalty(ops, weight, regularizer);
  ops.output(gradients::differentiate(ops, total, {weight})[0], "gradient");
  ops.output(ops.identity(total), "penalty");
  return Session(model, {.threads = 1}).run({{"w", kWeight}});
}

float penalty_of(const Json& regularizer) {
  const Tensor made = run(regularizer).at("penalty");
  EXPECT_EQ(made.shape(), Shape{});
  return made.floats()[0];
}

std::string refusal(const Json& regularizer) {
  try {
    run(regularizer);
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

// Keras 3.15: regularizers.get(...)(w)
TEST(Regularizers, TakeAllOfKerasForms) {
  EXPECT_FLOAT_EQ(penalty_of("l1"), 0.035f);
  EXPECT_FLOAT_EQ(penalty_of("l2"), 0.0525f);
  EXPECT_FLOAT_EQ(penalty_of("l1_l2"), 0.0875f);
  EXPECT_FLOAT_EQ(penalty_of("L2"), 0.0525f);
  EXPECT_FLOAT_EQ(penalty_of("l2:l2=0.5"), 2.625f);
  EXPECT_FLOAT_EQ(penalty_of({{"class_name", "L1L2"}, {"config", {{"l1", 0.1}, {"l2", 0.2}}}}), 1.4f);
  EXPECT_FLOAT_EQ(
      penalty_of(parse_json(R"({"module": "keras.regularizers", "class_name": "L2", "config": {"l2": 0.5}, "registered_name": null})")),
      2.625f);
}

TEST(Regularizers, HaveTheDefaultsOfTheClassInItsForm) {
  EXPECT_FLOAT_EQ(penalty_of({{"class_name", "L2"}, {"config", Json::object()}}), 0.0525f);
  EXPECT_FLOAT_EQ(penalty_of({{"class_name", "L2"}, {"config", {{"l2", nullptr}}}}), 0.0525f);
  EXPECT_FLOAT_EQ(penalty_of({{"class_name", "L1L2"}, {"config", {{"l2", 0.2}}}}), 1.05f);
  EXPECT_FLOAT_EQ(penalty_of({{"class_name", "L1L2"}, {"config", {{"l1", 0.1}}}}), 0.35f);
}

TEST(Regularizers, PullTheWeightsTowardsZero) {
  EXPECT_THAT(run("l2:l2=0.5").at("gradient").floats(), testing::ElementsAre(1, -2, 0.5f, 0));
  EXPECT_THAT(run("l1:l1=0.5").at("gradient").floats(), testing::ElementsAre(0.5f, -0.5f, 0.5f, 0));
  EXPECT_THAT(run("l1_l2:l1=0.5,l2=0.5").at("gradient").floats(), testing::ElementsAre(1.5f, -2.5f, 1, 0));
}

TEST(Regularizers, RefuseWhatIsNone) {
  EXPECT_THAT(refusal("l3"), HasSubstr("l1_l2"));
  EXPECT_THAT(refusal("l2:l2=-1"), HasSubstr("l2.l2"));
  EXPECT_THAT(refusal(3), HasSubstr("expected a name"));
  EXPECT_THAT(refusal({{"config", {{"l2", 0.5}}}}), HasSubstr("class_name"));
  EXPECT_THAT(refusal({{"class_name", "L2"}, {"confg", {{"l2", 0.5}}}}), HasSubstr("confg"));
  EXPECT_THAT(refusal({{"class_name", "L2"}, {"config", {{"l1", 0.5}}}}), HasSubstr("l1"));
}

}  // namespace
}  // namespace upkeep::regularizers
