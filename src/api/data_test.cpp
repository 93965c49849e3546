#include "upkeep/data.hpp"

#include "api/api_testing.hpp"
#include "base/source_folder_testing.hpp"

namespace upkeep::api {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class DataTest : public testing::Test {
 protected:
  DataTest() { write_file(folder / "d.csv", "a;b;kind;w\n1,5;2;red;1\n3;4;blue;2\n5;6;red;1\n7;8;blue;1\n"); }
  TemporaryFolder folder;
};

Model classifier() {
  const Layer x = Input({.shape = {2}});
  Model model({x}, {Dense({.units = 2, .activation = "softmax"})(x)});
  model.compile({.loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
  return model;
}

TEST_F(DataTest, ReadsATableByTypedSettingsAndByThoseBehindAColon) {
  for (const Table& table : {read_table(folder / "d.csv", {.source = sources::Csv({.separator = ";", .decimal = ","})}),
                             read_table((folder / "d.csv").string() + ":separator=;,decimal=,")}) {
    EXPECT_THAT(table.names(), ElementsAre("a", "b", "kind", "w"));
    EXPECT_DOUBLE_EQ(table.column("a").data<double>()[0], 1.5);
    EXPECT_THAT(table.texts("kind").strings(), ElementsAre("red", "blue", "red", "blue"));
  }
  EXPECT_THAT(message_of([&] { read_table(folder / "d.csv", {.source = sources::Images({.height = 3})}); }), HasSubstr("csv"));
  EXPECT_THAT(message_of([&] { read_table(folder / "e.csv"); }), HasSubstr("e.csv"));
}

TEST_F(DataTest, MakesIndicesOfClassesThatAreTexts) {
  Model model = classifier();
  const Table table = read_table(folder / "d.csv", {.source = sources::Csv({.separator = ";", .decimal = ","})});
  const Data data = model.data(table, {.targets = {"kind"}, .sample_weight = "w"});
  EXPECT_EQ(data.rows(), 4);
  EXPECT_THAT(data.class_names(), ElementsAre("blue", "red"));
  EXPECT_THAT(data.feature_names(), ElementsAre("a", "b"));
  EXPECT_THAT(data.targets().at("").data<std::int64_t>(), ElementsAre(1, 0, 1, 0));
  EXPECT_THAT(data.sample_weights().cast(DType::kFloat32).floats(), ElementsAre(1, 2, 1, 1));
  model.fit(data, {.epochs = 1, .class_weights = balanced_class_weights(data), .verbose = false});
  EXPECT_EQ(model.signature().outputs.at(0).classes, data.class_names());
  EXPECT_EQ(model.signature().inputs.at(0).features.at(1).column, "b");
  for (const std::string& answer : model.predict_classes(model.inputs(table))) EXPECT_TRUE(answer == "red" || answer == "blue");
  EXPECT_THAT(message_of([&] { model.data(table, {.targets = {"kimd"}}); }), HasSubstr("kind"));
}

TEST_F(DataTest, SlicesAnEvaluationByAColumn) {
  Model model = classifier();
  const Table table = read_table(folder / "d.csv", {.source = sources::Csv({.separator = ";", .decimal = ","})});
  const Data data = model.data(table, {.targets = {"kind"}, .ignore = {"w"}});
  const Evaluation evaluation = model.evaluate(data, {.slice_by = SliceBy{table, "kind"}});
  ASSERT_EQ(evaluation.slices.size(), 2U);
  EXPECT_EQ(evaluation.slices[0].rows + evaluation.slices[1].rows, 4);
  EXPECT_THAT(evaluation.page, HasSubstr("<html"));
  const auto& accuracy = evaluation.metric("accuracy");
  EXPECT_LE(accuracy.low, accuracy.value);
  EXPECT_GE(accuracy.high, accuracy.value);
}

TEST_F(DataTest, MakesWindowsOfASeries) {
  write_file(folder / "s.csv", "v,y\n1,10\n2,20\n3,30\n4,40\n5,50\n");
  const Layer x = Input({.shape = {2, 1}});
  Model model({x}, {Dense({.units = 1})(Flatten()(x))});
  model.compile({.loss = "mse"});
  const Data data = model.data(read_table(folder / "s.csv", {.window = 2}), {.targets = {"y"}, .features = {"v"}});
  EXPECT_EQ(data.rows(), 3);
  EXPECT_THAT(data.inputs().begin()->second.floats(), ElementsAre(1, 2, 2, 3, 3, 4));
  EXPECT_THAT(data.targets().at("").floats(), ElementsAre(30, 40, 50));
}

TEST_F(DataTest, ReadsColumnsOfPixelsAsImages) {
  write_file(folder / "p.csv", "p0,p1,p2,p3,label\n1,2,3,4,0\n5,6,7,8,1\n");
  const Table table = read_table(folder / "p.csv", {.image_shape = {2, 2, 1}});
  EXPECT_TRUE(
      std::ranges::any_of(table.names(), [&](const std::string& name) { return table.column(name).shape() == Shape({2, 2, 2, 1}); }));
}

TEST_F(DataTest, ReadsAFolderOfImagesByClass) {
  for (const char* kind : {"cats", "dogs"}) {
    std::filesystem::create_directories(folder / "photos" / kind);
    std::filesystem::copy_file(source_folder() / "tests/fixtures/images/rgb.png", folder / "photos" / kind / "one.png");
  }
  const Table table = read_table(folder / "photos", {.source = sources::Images({.height = 8, .width = 6})});
  const Layer x = Input({.shape = {8, 6, 3}});
  Model model({x}, {Dense({.units = 2, .activation = "softmax"})(Flatten()(x))});
  model.compile({.loss = "sparse_categorical_crossentropy"});
  const Data data = model.data(table);
  EXPECT_THAT(data.class_names(), ElementsAre("cats", "dogs"));
  EXPECT_EQ(data.inputs().begin()->second.shape(), Shape({2, 8, 6, 3}));
}

TEST_F(DataTest, GivesEachOfSeveralInputsItsColumns) {
  write_file(folder / "m.csv", "a,b,c,y,z\n1,2,3,4,5\n6,7,8,9,10\n");
  const Layer p = Input({.shape = {2}, .name = "p"}), q = Input({.shape = {1}, .name = "q"});
  const Value both = Concatenate()({p, q});
  Model model({p, q}, {Dense({.units = 1, .name = "left"})(both), Dense({.units = 1, .name = "right"})(both)});
  model.compile({.outputs = {{"left", {.loss = "mse"}}, {"right", {.loss = "mae"}}}});
  const Data data = model.data(read_table(folder / "m.csv"),
                               {.features_of = {{"p", {"a", "c"}}, {"q", {"b"}}}, .targets_of = {{"left", {"y"}}, {"right", {"z"}}}});
  EXPECT_THAT(data.inputs().at("p").floats(), ElementsAre(1, 3, 6, 8));
  EXPECT_THAT(data.inputs().at("q").floats(), ElementsAre(2, 7));
  EXPECT_THAT(data.targets().at("right").floats(), ElementsAre(5, 10));
}

TEST(Data, SplitsAsKerasDoes) {
  const Tensor x({5, 1}, std::vector<float>{1, 2, 3, 4, 5});
  const auto [training, held_out] = Data(x, x).split(0.4);
  EXPECT_THAT(training.inputs().at("").floats(), ElementsAre(1, 2, 3));
  EXPECT_THAT(held_out.inputs().at("").floats(), ElementsAre(4, 5));
  EXPECT_THROW(Data(x, x).split(1.0), Error);
  EXPECT_THAT(message_of([&] { Data(x, Tensor({4, 1}, std::vector<float>{1, 2, 3, 4})); }),
              HasSubstr("4 rows of the target, and 5 are expected"));
}

TEST(Table, IsMadeAndSaved) {
  const TemporaryFolder folder;
  Table({{"a", Tensor({2}, std::vector<float>{1, 2})}, {"t", Tensor({2}, std::vector<std::string>{"x", "y"})}}).save(folder / "t.csv");
  EXPECT_THAT(read_table(folder / "t.csv").names(), ElementsAre("a", "t"));
}

}  // namespace
}  // namespace upkeep::api
