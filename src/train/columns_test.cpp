#include "train/columns.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "train/known_signature.hpp"
#include "train/testing.hpp"

namespace upkeep {

static Model with_input() {
  Model model;
  model.graph.inputs.push_back({"input", {DType::kFloat32, Dims{"batch", 2}, {}}, {}, {}});
  return model;
}

static Model with_input_and_classes() {
  Model model = with_input();
  model.graph.outputs.push_back({"p", {DType::kFloat32, Dims{"batch", 2}, {}}, {}, {}});
  return model;
}

static Table flowers(std::vector<std::string> labels) {
  const auto rows = static_cast<std::int64_t>(labels.size());
  Table table;
  table.add("a", Tensor::full<double>({rows}, 1.0));
  table.add("b", Tensor::full<double>({rows}, 2.0));
  table.add("kind", Tensor({rows}, std::move(labels)));
  return table;
}

TEST(Columns, ATextIsAClassWhateverTheLossIs) {
  Model model = with_input();
  EXPECT_THROW(dataset_for(model, flowers({"rose", "aster"}), {.targets = {"kind"}}), Error);
  model.graph.outputs = {{.name = "y", .type = {.dtype = DType::kFloat32, .shape = Dims{Dim("batch"), 3}}}};
  EXPECT_THAT(dataset_for(model, flowers({"rose", "aster"}), {.targets = {"kind"}}).class_names, testing::ElementsAre("aster", "rose"));
}

TEST(Columns, PredictWhatTheTableMeansToBePredictedUnlessSomebodySaysOtherwise) {
  Table table = flowers({"rose", "aster"});
  table.set_target("kind");
  const Dataset data = dataset_for(with_input(), table, {.integer_targets = true});
  EXPECT_EQ(data.target_names, std::vector<std::string>{"kind"});
  EXPECT_EQ(data.feature_names, (std::vector<std::string>{"a", "b"}));
  table.add("c", Tensor::full<std::int64_t>({2}, 1));
  EXPECT_EQ(dataset_for(with_input(), table, {.targets = {"c"}, .integer_targets = true}).target_names, std::vector<std::string>{"c"});
  table.add("size", Tensor({2}, std::vector<std::string>{"1", "2"}));  // numbers by their looks, as classes often are
  table.set_target("size");
  EXPECT_EQ(dataset_for(with_input(), table, {.ignore = {"c"}, .no_targets = true}).feature_names, (std::vector<std::string>{"a", "b"}));
}

// Arrays of samples beside their labels, as an .npz file has them.
TEST(Columns, TheArrayOfTheInputsShapeIsMeantWhereNobodyNamesTheLabels) {
  Table table;
  table.add("x", Tensor::full<float>({3, 2}, 1.0F));
  table.add("y", Tensor::full<std::int64_t>({3}, 1));
  EXPECT_EQ(dataset_for(with_input(), table, {.no_targets = true}).feature_names, std::vector<std::string>{"x"});
  table.add("z", Tensor::full<float>({3, 2}, 1.0F));
  EXPECT_THROW(dataset_for(with_input(), table, {.no_targets = true}), Error);
}

TEST(Columns, AnArrayDoesNotSayTheOrderOfNamedColumns) {
  Model model = with_input();
  Table named;
  named.add("a", Tensor::full<double>({2}, 1.0));
  named.add("b", Tensor::full<double>({2}, 2.0));
  remember_columns(model, dataset_for(model, named, {.no_targets = true}), std::nullopt);
  Table table;
  table.add("x", Tensor::full<float>({3, 2}, 1.0F));
  EXPECT_THAT(message_of([&] { dataset_for(model, table, {.no_targets = true}); }), testing::HasSubstr("--features x"));
  EXPECT_EQ(dataset_for(model, table, {.features = {"x"}, .no_targets = true}).rows(), 3);
}

TEST(Columns, AClassThatTheModelDoesNotKnowIsNamed) {
  Model model = with_input_and_classes();
  remember_columns(model, dataset_for(model, flowers({"rose", "aster"}), {.targets = {"kind"}, .integer_targets = true}), std::nullopt);
  EXPECT_THROW(dataset_for(model, flowers({"tulip"}), {.integer_targets = true}), Error);
}

TEST(Columns, AWrongNumberOfFeaturesIsToldWithTheirNames) {
  try {
    dataset_for(with_input(), flowers({"rose"}), {.features = {"a"}, .no_targets = true});
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("reads 2 features, the table gives 1: a; left out: b, kind"));
  }
}

// One input of three numbers, one of two.
static Model with_two_inputs() {
  Model model;
  Ops ops(model);
  const Value left = ops.input("left", DType::kFloat32, {"batch", 3});
  const Value right = ops.input("right", DType::kFloat32, {"batch", 2});
  ops.output(ops.concat({left, right}, 1), "y");
  return model;
}

TEST(Columns, OfSeveralInputsAreGivenByInput) {
  Model model = with_two_inputs();
  Table table;
  for (const char* name : {"a", "b", "c", "y"}) table.add(name, Tensor({2}, std::vector<double>{static_cast<double>(name[0]), 1}));
  const DataColumns columns{.targets = {"y"}, .features = {"right=a", "left=c", "left=b", "left=a", "right=b"}};
  const Dataset data = dataset_for(model, table, columns);
  EXPECT_THAT(data.inputs.at("left").floats(), testing::ElementsAre(99, 98, 97, 1, 1, 1));
  EXPECT_THAT(data.inputs.at("right").floats(), testing::ElementsAre(97, 98, 1, 1));
  EXPECT_EQ(data.targets.shape(), (Shape{2, 1}));
  remember_columns(model, data, std::nullopt);
  EXPECT_THAT(dataset_for(model, table, {.no_targets = true}).inputs.at("right").floats(), testing::ElementsAre(97, 98, 1, 1));
}

TEST(Columns, OfSeveralInputsAreThoseOfTheirNames) {
  Table table;
  table.add("right", Tensor({1, 2}, std::vector<float>{4, 5}));
  table.add("left", Tensor({1, 3}, std::vector<float>{1, 2, 3}));
  table.add("y", Tensor({1}, std::vector<float>{1}));
  const Dataset data = dataset_for(with_two_inputs(), table, {.targets = {"y"}});
  EXPECT_THAT(data.inputs.at("left").floats(), testing::ElementsAre(1, 2, 3));
  EXPECT_THAT(data.inputs.at("right").floats(), testing::ElementsAre(4, 5));
}

TEST(Columns, OfSeveralInputsThatAreMissingAreNamed) {
  Table table;
  table.add("left", Tensor({1, 3}, std::vector<float>{1, 2, 3}));
  table.add("a", Tensor({1}, std::vector<float>{1}));
  const auto refusal = [&](const std::vector<std::string>& features) {
    return message_of([&] { dataset_for(with_two_inputs(), table, {.features = features, .no_targets = true}); });
  };
  EXPECT_THAT(refusal({}), testing::HasSubstr("no column is called \"right\" (name the features as INPUT=COLUMN"));
  EXPECT_THAT(refusal({"left"}), testing::HasSubstr("input \"right\" has no columns"));
  EXPECT_THAT(refusal({"left", "rihgt=a"}), testing::HasSubstr("did you mean \"right\"?"));
  EXPECT_THAT(refusal({"left", "right=a"}), testing::HasSubstr("input \"right\": the model reads 2 features, the table gives 1: a"));
}

TEST(Columns, ATableWithoutTargetsServesForPrediction) {
  Model model = with_input_and_classes();
  remember_columns(model, dataset_for(model, flowers({"rose", "aster"}), {.targets = {"kind"}, .integer_targets = true}), std::nullopt);
  Table table;
  table.add("a", Tensor::full<double>({1}, 1.0));
  table.add("b", Tensor::full<double>({1}, 2.0));
  EXPECT_EQ(dataset_for(model, table, {.no_targets = true}).rows(), 1);
  EXPECT_EQ(dataset_for(model, flowers({"rose"}), {.no_targets = true}).inputs.at("input").shape(), (Shape{1, 2}));
}

TEST(Columns, HaveTheTypeAndRankOfTheModelsInput) {
  const auto reads = [](DType dtype, Dims dims) {
    Model model;
    model.graph.inputs.push_back({"n", {dtype, std::move(dims), {}}, {}, {}});
    return model;
  };
  Table table;
  table.add("n", Tensor({2}, std::vector<std::int64_t>{16777217, 3}));
  EXPECT_EQ(dataset_for(reads(DType::kInt64, {"N"}), table, {}).inputs.at("n"), Tensor({2}, std::vector<std::int64_t>{16777217, 3}));
  EXPECT_EQ(dataset_for(reads(DType::kFloat64, {"N", 1}), table, {}).inputs.at("n"), Tensor({2, 1}, std::vector<double>{16777217, 3}));
  table.add("m", Tensor({2}, std::vector<double>{1, 1.5}));
  EXPECT_THAT(message_of([&] { dataset_for(reads(DType::kInt32, {"N", 2}), table, {}); }),
              testing::HasSubstr("column \"m\": row 2 holds 1.5, which is no int32"));
  EXPECT_THAT(message_of([&] { dataset_for(reads(DType::kInt32, {"N"}), table, {.features = {"n", "m"}}); }),
              testing::AnyOf(testing::HasSubstr("reads 1 features"), testing::HasSubstr("column \"m\": row 2")));
}

// y = x * rate
static Model with_rate() {
  Model model;
  Ops ops(model);
  const Value x = ops.input("x", DType::kFloat32, {"N"});
  const Value rate = ops.input("rate", DType::kFloat32, {});
  ops.output(ops.mul(x, rate), "y");
  return model;
}

TEST(Columns, AScalarIsOneValueForAllRows) {
  Table table;
  table.add("x", Tensor({3}, std::vector<double>{1, 2, 3}));
  table.add_whole("rate", Tensor::scalar(2.0));
  const Dataset data = dataset_for(with_rate(), table, {});
  EXPECT_EQ(data.inputs.at("rate"), Tensor::scalar(2.0F));
  EXPECT_EQ(data.take({0, 2}).inputs.at("x").shape(), Shape{2});
  EXPECT_EQ(data.rows(0, 2).inputs.at("rate"), Tensor::scalar(2.0F));

  Table by_row;
  by_row.add("other", Tensor({2}, std::vector<double>{1, 2}));
  by_row.add("rate", Tensor({2}, std::vector<double>{7, 7}));
  const Dataset read = dataset_for(with_rate(), by_row, {});
  EXPECT_EQ(read.feature_names, std::vector<std::string>{"other"});
  EXPECT_EQ(read.inputs.at("rate"), Tensor::scalar(7.0F));
  Table uneven;
  uneven.add("x", Tensor({2}, std::vector<double>{1, 2}));
  uneven.add("rate", Tensor({2}, std::vector<double>{7, 8}));
  EXPECT_THAT(message_of([&] { dataset_for(with_rate(), uneven, {}); }), testing::HasSubstr("another value in row 2 than in row 1"));
}

TEST(Columns, ArraysThatShareNoFirstAxisAreTakenAsTheyStand) {
  Model model;
  Ops ops(model);
  const Value x = ops.input("x", DType::kFloat32, {"N", "T"});
  const Value state = ops.input("state", DType::kFloat32, {2, "N", 3});
  ops.output(x, "y");
  ops.output(state, "next");
  Table table;
  table.add("x", Tensor({1, 4}, std::vector<double>(4)));
  table.add_whole("state", Tensor({2, 1, 3}, std::vector<float>(6)));
  EXPECT_EQ(dataset_for(model, table, {.no_targets = true}).inputs.at("state").shape(), (Shape{2, 1, 3}));
}

TEST(Columns, TargetsHaveTheTypeOfTheOutputTheyAreComparedWith) {
  Table table = flowers({"rose", "aster"});
  table.add("y", Tensor({2}, std::vector<double>{123456789.123, 1}));
  Model model = with_input();
  model.graph.outputs = {{.name = "y", .type = {.dtype = DType::kFloat64, .shape = Dims{Dim("batch"), 1}}}};
  EXPECT_EQ(dataset_for(model, table, {.targets = {"y"}}).targets, Tensor({2, 1}, std::vector<double>{123456789.123, 1}));
  model.graph.outputs.front().type.dtype = DType::kInt64;
  EXPECT_THAT(message_of([&] { dataset_for(model, table, {.targets = {"y"}}); }), testing::HasSubstr("column \"y\": row 1 holds"));
}

TEST(Columns, ATargetMayNameItsOutput) {
  Model model = with_input_and_classes();
  model.graph.outputs.insert(model.graph.outputs.begin(), {"label", {DType::kInt64, Dims{"batch"}, {}}, {}, {}});
  const auto targets = [&](const std::string& target) {
    return dataset_for(model, flowers({"rose", "aster"}), {.targets = {target}, .integer_targets = true}).target_names;
  };
  EXPECT_THAT(targets("p=kind"), testing::ElementsAre("kind"));
  EXPECT_THAT(message_of([&] { targets("q=kind"); }), testing::HasSubstr("label, p"));
  EXPECT_THAT(message_of([&] { targets("label=kind"); }), testing::HasSubstr("judged"));
}

// As scikit-learn's classifiers of two digits.
TEST(Columns, NumbersThatAreNamesOfClassesBecomeTheirIndices) {
  Model model = with_input_and_classes();
  Signature signature = signature_of(model);
  signature.outputs[0].classes = {"3", "8"};
  set_signature(model, signature);
  Table table = flowers({"rose", "aster", "rose"});
  table.add("digit", Tensor({3}, std::vector<std::int64_t>{8, 3, 8}));
  const DataColumns columns{.targets = {"digit"}, .features = {"a", "b"}};
  EXPECT_THAT(dataset_for(model, table, columns).targets.data<std::int64_t>(), testing::ElementsAre(1, 0, 1));
  table.add("other", Tensor({3}, std::vector<std::int64_t>{8, 3, 5}));
  EXPECT_THAT(message_of([&] { dataset_for(model, table, {.targets = {"other"}, .features = {"a", "b"}}); }), testing::HasSubstr("3, 8"));
}

}  // namespace upkeep
