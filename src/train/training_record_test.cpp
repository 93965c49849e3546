#include "train/training_record.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "train/testing.hpp"

namespace upkeep {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Compile, ComesBackFromJson) {
  const Compile before = compile("adam:learning_rate=0.01", "huber:delta=2", {"mae", "precision:threshold=0.7"});
  const Compile after = compile_from_json(parse_json(to_json(before).dump()));
  EXPECT_EQ(to_json(after), to_json(before));
  EXPECT_EQ(after.optimizer.values, Json({{"learning_rate", 0.01}}));
  EXPECT_EQ(after.metrics, before.metrics);
}

TEST(Compile, IsAbsentInAModelThatWasNeverTrained) { EXPECT_FALSE(compile_of(Model()).has_value()); }

TEST(History, GivesAFigureOfTheEpochsThatHaveIt) {
  const History history{.epochs = {{{"loss", 1.0}}, {{"loss", 0.5}, {"val_loss", 0.75}}}};
  EXPECT_THAT(history.series("loss"), ElementsAre(1.0, 0.5));
  EXPECT_THAT(history.series("val_loss"), ElementsAre(0.75));
  EXPECT_THAT(history.series("mae"), IsEmpty());
}

TEST(History, ComesBackFromJsonWithChangingFiguresAndNumbersThatAreNone) {
  const History before{.epochs = {{{"loss", 0.1}, {"mae", 1.0 / 3.0}}, {{"loss", std::nan("")}, {"mae", 2.0}}, {{"loss", 0.5}}}};
  const History after = history_from_json(parse_json(to_json(before).dump()));
  ASSERT_EQ(after.epochs.size(), 3U);
  EXPECT_EQ(after.epochs[0], before.epochs[0]);
  EXPECT_TRUE(std::isnan(after.epochs[1][0].second));
  EXPECT_EQ(after.epochs[2], before.epochs[2]);
}

TEST(TrainingRecord, ComesBackFromTheModelWithoutSeconds) {
  Model model;
  TrainingRecord record{.compile = compile("sgd"), .iteration = 40, .epoch = 10, .learning_rate = 0.5, .seed = 7};
  record.history.epochs = {{{"loss", 0.1}, {"seconds", 12.0}}};
  set_training_record(model, record);
  const TrainingRecord after = training_record_of(model);
  EXPECT_EQ(after.iteration, 40);
  EXPECT_EQ(after.epoch, 10);
  EXPECT_EQ(after.learning_rate, 0.5);
  EXPECT_EQ(after.seed, 7U);
  EXPECT_EQ(after.compile->optimizer.name, "sgd");
  EXPECT_THAT(after.history.epochs, ElementsAre(Figures{{"loss", 0.1}}));
  EXPECT_TRUE(after.fit.is_null());
}

TEST(TrainingRecord, SaysThatItIsCorrupt) {
  Model model;
  set(model.metadata, kTrainingKey, R"({"iteration": "many"})");
  EXPECT_THAT(message_of([&] { training_record_of(model); }), HasSubstr("cannot be read"));
  set(model.metadata, kTrainingKey, R"({"compile": {"optimizer": 3}})");
  EXPECT_THAT(message_of([&] { training_record_of(model); }), HasSubstr("cannot be read"));
}

TEST(Slots, AreThoseThatFit) {
  Model model;
  model.training_tensors = {{"momentum/a", Tensor({2}, std::vector<float>{1, 2})}, {"momentum/b", Tensor({2}, std::vector<float>{3, 4})}};
  const auto optimizer = optimizers::catalog().at("sgd").make({{"momentum", 0.9}});
  const auto slots = slots_of(model, slot_places(*optimizer, optimizers::lay_out({{"a", {2}}, {"b", {3}}, {"c", {1}}})));
  ASSERT_EQ(slots.size(), 3U);
  EXPECT_TRUE(slots[0].has_value());
  EXPECT_FALSE(slots[1].has_value());
  EXPECT_FALSE(slots[2].has_value());
}

}  // namespace upkeep
