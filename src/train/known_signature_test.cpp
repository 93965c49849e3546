#include "train/known_signature.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error_testing.hpp"
#include "graph/ops.hpp"
#include "train/columns.hpp"
#include "train/training_record.hpp"

namespace upkeep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// One input of two numbers, one of a text; the answer has `width` numbers a row.
Model model_of(std::int64_t width) {
  Model model;
  Ops ops(model);
  const Value numbers = ops.input("numbers", DType::kFloat32, {"batch", 2});
  ops.input("city", DType::kString, {"batch", 1});
  ops.output(numbers, "p");
  model.graph.outputs[0].type.shape = Dims{"batch", width};
  return model;
}

Table people() {
  Table table;
  table.add("age", Tensor({4}, std::vector<double>{20, NAN, 40, 50}));
  table.add("size", Tensor({4}, std::vector<std::int64_t>{1, 2, 3, 4}));
  table.add("city", Tensor({4}, std::vector<std::string>{"rome", "paris", "rome", "paris"}));
  table.add("bought", Tensor({4}, std::vector<std::string>{"yes", "no", "no", "yes"}));
  return table;
}

const std::vector<std::string> kColumns = {"numbers=age", "numbers=size", "city=city"};
Compile with_loss(const std::string& name, Json settings = Json::object()) { return {.loss = {name, std::move(settings)}}; }

Model remembered(std::int64_t width, const Compile& compile) {
  Model model = model_of(width);
  const Dataset data = dataset_for(model, people(), {.targets = {"bought"}, .features = kColumns, .integer_targets = true});
  remember_columns(model, data, compile);
  return model;
}

TEST(KnownSignature, AThresholdThatSomebodyStatedOutlivesALossAndTraining) {
  Model model = model_of(1);
  Signature stated = signature_of(model);
  stated.outputs[0].answer = Answer::kBinary;
  stated.outputs[0].threshold = 0.3;
  set_signature(model, stated);
  const Dataset data = dataset_for(model, people(), {.targets = {"bought"}, .features = kColumns, .two_classes = true});
  remember_columns(model, data, with_loss("binary_crossentropy"));
  EXPECT_EQ(signature_of(model).outputs[0].threshold, 0.3);
  Model logits = model_of(1);
  remember_columns(logits, data, with_loss("binary_crossentropy", {{"from_logits", true}}));
  EXPECT_EQ(signature_of(logits).outputs[0].threshold, 0);
}

}  // namespace

TEST(KnownSignature, RemembersWhatTheColumnsHold) {
  const Model model = remembered(2, with_loss("sparse_categorical_crossentropy"));
  const Signature signature = known_signature(model);
  EXPECT_EQ(signature.inputs[0].features[0], (Feature{.column = "age", .categories = {}, .may_be_missing = true}));
  EXPECT_EQ(signature.inputs[0].features[1], (Feature{.column = "size", .categories = {}}));
  EXPECT_EQ(signature.inputs[1].features[0], (Feature{.column = "city", .kind = FeatureKind::kCategory, .categories = {"paris", "rome"}}));
  EXPECT_EQ(signature.outputs[0].answer, Answer::kClasses);
  EXPECT_THAT(signature.outputs[0].classes, ElementsAre("no", "yes"));
  EXPECT_THAT(signature.outputs[0].targets, ElementsAre("bought"));

  // the same columns again, without being named; a class keeps its number where others are absent
  const Dataset again = dataset_for(model, people().take({0, 3}), {.integer_targets = true});
  EXPECT_EQ(again.target_names, std::vector<std::string>{"bought"});
  EXPECT_THAT(again.targets.data<std::int64_t>(), ElementsAre(1, 1));
}

TEST(KnownSignature, KnowsTheThresholdOfALossOfTwoClasses) {
  EXPECT_EQ(signature_of(remembered(1, with_loss("binary_crossentropy"))).outputs[0].answer, Answer::kBinary);
  EXPECT_EQ(signature_of(remembered(1, with_loss("binary_crossentropy"))).outputs[0].threshold, 0.5);
  EXPECT_EQ(signature_of(remembered(1, with_loss("binary_crossentropy", {{"from_logits", true}}))).outputs[0].threshold, 0);
}

// A file that Keras compiled says its loss and nothing else.
TEST(KnownSignature, AsksTheLossOfAFileThatSaysNoMore) {
  Model model = model_of(1);
  EXPECT_EQ(known_signature(model).outputs[0].answer, Answer::kNumber);
  set_training_record(model, {.compile = with_loss("binary_crossentropy")});
  EXPECT_EQ(known_signature(model).outputs[0].answer, Answer::kBinary);
}

TEST(KnownSignature, ForgetsNoCategoryWhenTheModelIsTrainedAgain) {
  Model model = remembered(2, with_loss("sparse_categorical_crossentropy"));
  remember_columns(model, dataset_for(model, people().take({0, 2}), {.integer_targets = true}), std::nullopt);
  EXPECT_THAT(signature_of(model).inputs[1].features[0].categories, ElementsAre("paris", "rome"));
  EXPECT_TRUE(signature_of(model).inputs[0].features[0].may_be_missing);
}

TEST(KnownSignature, IsCompletedByTheTableOfTheTraining) {
  Model model = model_of(1);
  Table table = people();
  EXPECT_FALSE(complete_signature(model, table, {}));  // no column is called "numbers"
  Signature signature = signature_of(model);
  signature.inputs[0].features = {{.column = "size", .categories = {}}, {.column = "age", .categories = {}}};
  signature.inputs[1].features = {{.column = "city", .kind = FeatureKind::kCategory, .categories = {}}};
  set_signature(model, signature);
  EXPECT_TRUE(complete_signature(model, table, {}));
  EXPECT_THAT(signature_of(model).inputs[1].features[0].categories, ElementsAre("paris", "rome"));
  EXPECT_TRUE(signature_of(model).inputs[0].features[1].may_be_missing);
}

TEST(KnownSignature, RefusesATableThatContradictsIt) {
  Model model = remembered(2, with_loss("sparse_categorical_crossentropy"));
  const auto refusal = [&](const Table& table) { return message_of([&] { complete_signature(model, table, {}); }); };
  Table other;
  other.add("age", Tensor({1}, std::vector<double>{1}));
  other.add("city", Tensor({1}, std::vector<std::string>{"rome"}));
  EXPECT_THAT(refusal(other), HasSubstr("size"));
  other.add("size", Tensor({1}, std::vector<std::string>{"large"}));
  EXPECT_THAT(refusal(other), HasSubstr("size"));
  Table fresh;
  fresh.add("age", Tensor({1}, std::vector<double>{1}));
  fresh.add("size", Tensor({1}, std::vector<double>{1}));
  fresh.add("city", Tensor({1}, std::vector<std::string>{"oslo"}));
  EXPECT_THAT(refusal(fresh), HasSubstr("oslo"));
}

TEST(KnownSignature, TellsFreeTextFromCategories) {
  Model model = model_of(1);
  Table table = people();
  Table texts = table.take({0, 1});
  const Dataset data = dataset_for(model, texts, {.features = kColumns, .no_targets = true});
  remember_columns(model, data, std::nullopt);
  EXPECT_EQ(signature_of(model).inputs[1].features[0].kind, FeatureKind::kText);
  EXPECT_THAT(signature_of(model).inputs[1].features[0].categories, IsEmpty());
}

}  // namespace upkeep
