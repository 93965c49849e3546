#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graph/onnx.hpp"
#include "maintain/adjust/actions/action.hpp"
#include "maintain/scenario_testing.hpp"
#include "train/training_record.hpp"

namespace upkeep::actions {
namespace {

using testing::HasSubstr;

class RetrainAction : public testing::Test {
 protected:
  Candidate run(const Json& settings) const {
    return catalog().at("retrain").run({.model = model_, .data = data_, .columns = {.targets = {"y"}, .features = scenario::kFeatures}},
                                       settings);
  }
  double mae(const Model& model) const {
    const Dataset data = dataset_for(model, data_, {.targets = {"y"}, .features = scenario::kFeatures});
    for (const auto& [name, value] : Trainer(model, *compile_of(model)).evaluate(data))
      if (name == "mae") return value;
    return NAN;
  }

  const Model model_ = scenario::trained(scenario::rows(300, 1));
  const Table data_ = scenario::rows(300, 2, {.offset = 5});
};

TEST_F(RetrainAction, LearnsWhatTheNewDataSays) {
  EXPECT_GT(mae(model_), 4);
  EXPECT_LT(mae(run({{"epochs", 60}}).model), 0.4);
}

TEST_F(RetrainAction, GivesTheSameBytesForTheSameSeed) {
  const Json settings = {{"epochs", 3}, {"seed", 7}};
  EXPECT_EQ(model_to_bytes(run(settings).model), model_to_bytes(run(settings).model));
  EXPECT_NE(model_to_bytes(run(settings).model), model_to_bytes(run({{"epochs", 3}, {"seed", 8}}).model));
}

TEST_F(RetrainAction, ChangesTheOptimizerAndItsLearningRate) {
  const Candidate candidate = run({{"epochs", 1}, {"optimizer", "sgd:momentum=0.9"}, {"learning_rate", 0.002}});
  const Compile compile = *compile_of(candidate.model);
  EXPECT_EQ(compile.optimizer.name, "sgd");
  EXPECT_EQ(compile.optimizer.values["learning_rate"], 0.002);
  EXPECT_EQ(compile.optimizer.values["momentum"], 0.9);
  EXPECT_EQ(compile.metrics, std::vector<std::string>{"mae"});
}

TEST_F(RetrainAction, PenalisesEveryKernelAndTakesPenaltiesAway) {
  const Candidate candidate = run({{"epochs", 1}, {"regularizer", "l1_l2:l1=0.01,l2=0.02"}});
  EXPECT_THAT(architecture_of(candidate.model).layer("out").settings["kernel_regularizer"].dump(), HasSubstr("0.02"));
  const Candidate plain =
      catalog().at("retrain").run({.model = candidate.model, .data = data_, .columns = {.targets = {"y"}, .features = scenario::kFeatures}},
                                  {{"epochs", 1}, {"regularizer", "none"}});
  EXPECT_TRUE(architecture_of(plain.model).layer("out").settings["kernel_regularizer"].is_null());
}

TEST_F(RetrainAction, AStrongPenaltyShrinksTheWeights) {
  const auto size = [](const Model& model) {
    double sum = 0;
    for (const float weight : find(weights_of(model), "out/kernel")->floats()) sum += std::abs(weight);
    return sum;
  };
  EXPECT_LT(size(run({{"epochs", 60}, {"regularizer", "l2:l2=1.0"}}).model), 0.8 * size(run({{"epochs", 60}}).model));
}

TEST_F(RetrainAction, EditsTheStructureBeforeTraining) {
  const Candidate candidate = run({{"epochs", 1}, {"edit", Json::array({{{"add", "dense:units=3,name=extra"}}})}});
  EXPECT_EQ(architecture_of(candidate.model).layers.back().name, "extra");
  EXPECT_EQ(candidate.evidence["edits"][0]["edit"], "add");
}

TEST_F(RetrainAction, StartsAnewWhenAskedTo) {
  const Candidate fresh = run({{"epochs", 1}, {"from", "fresh"}, {"learning_rate", 1e-9}});
  const Candidate kept = run({{"epochs", 1}, {"learning_rate", 1e-9}});
  const auto first = [](const Model& model) { return find(weights_of(model), "out/kernel")->floats()[0]; };
  EXPECT_NEAR(first(kept.model), first(model_), 1e-4);
  EXPECT_GT(std::abs(first(fresh.model) - first(model_)), 0.1);
  EXPECT_EQ(feature_columns(signature_of(fresh.model)), scenario::kFeatures);
}

TEST_F(RetrainAction, LeavesTheCurrentModelAlone) {
  const std::string before = model_to_bytes(model_);
  run({{"epochs", 2}});
  EXPECT_EQ(model_to_bytes(model_), before);
}

TEST_F(RetrainAction, RefusesSettingsThatAreWrong) {
  const auto& check = catalog().at("retrain").check;
  EXPECT_THROW(check({{"epoch", 1}}), Error);
  EXPECT_THROW(check({{"epochs", 0}}), Error);
  EXPECT_THROW(check({{"from", "scratch"}}), Error);
  EXPECT_THROW(check({{"edit", Json::array({"add"})}}), Error);
  EXPECT_THROW(check({{"edit", Json::array({{{"ad", "dense:units=3"}}})}}), Error);
}

TEST_F(RetrainAction, NeedsALossToTrainWith) {
  Model bare = model_;
  set_training_record(bare, {});
  const ActionContext context{.model = bare, .data = data_, .columns = {.targets = {"y"}, .features = scenario::kFeatures}};
  EXPECT_THROW(catalog().at("retrain").run(context, {{"epochs", 1}}), Error);
  EXPECT_NO_THROW(catalog().at("retrain").run(context, {{"epochs", 1}, {"loss", "mse"}}));
}

}  // namespace
}  // namespace upkeep::actions
