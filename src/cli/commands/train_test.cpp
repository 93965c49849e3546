#include "cli/command_testing.hpp"

namespace upkeep {

using testing::HasSubstr;
using TrainCommand = CommandTest;

TEST_F(TrainCommand, FitsAndSaves) {
  const Ran ran = run_here(
      "train DIR/net.yaml --data DIR/line.csv --target y --loss mse --metrics mae --optimizer sgd:learning_rate=0.02 --epochs 200 "
      "--validation 0.25 --seed 3 --output DIR/model.onnx --json");
  ASSERT_EQ(ran.code, 0) << ran.err;
  const Json history = ran.json()["history"];
  EXPECT_EQ(history["loss"].size(), 200U);
  EXPECT_LT(history["loss"].back().get<double>(), 0.05 * history["loss"].front().get<double>());
  EXPECT_EQ(history["val_mae"].size(), 200U);
  EXPECT_TRUE(std::filesystem::exists(folder / "model.onnx"));
}

TEST_F(TrainCommand, OneSeedGivesEqualBytes) {
  train_model("one.onnx");
  train_model("two.onnx");
  EXPECT_EQ(read_file(folder / "one.onnx"), read_file(folder / "two.onnx"));
}

TEST_F(TrainCommand, SaysThatItReadsNoTexts) {
  write_file(folder / "words.yaml",
             "layers: [{input: {shape: [1], dtype: string, name: word}}, {string_lookup: {vocabulary: [a], output_mode: one_hot}}, {dense: "
             "{units: 1}}]");
  write_file(folder / "words.csv", "word,y\na,1\nb,2\n");
  const Ran ran = run_here("train DIR/words.yaml --data DIR/words.csv --target y --loss mse --output DIR/words.onnx");
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("input \"word\" is of strings, which training does not read"));
}

TEST_F(TrainCommand, SaysWhatIsWrongInOneLine) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"train DIR/net.yaml --data DIR/line.csv --target z --loss mse", "\"z\""},
      {"train DIR/net.yaml --data DIR/none.csv --target y --loss mse", "none.csv"},
      {"train DIR/net.yaml --data DIR/line.csv --target note --loss mse", "note"},
      {"train DIR/net.yaml --data DIR/line.csv --target y --loss mze", "mse"},
      {"train DIR/net.yaml --data DIR/line.csv --target y", "--loss"},
      {"train DIR/net.yaml --data DIR/line.csv --loss mse", "--target"},
      {"train DIR/net.yaml --data DIR/line.csv --target y --loss mse --optimizer adam:learning_rat=1", "learning_rate"},
      {"train DIR/net.yaml --data DIR/line.csv --target y --loss mse --output DIR/no/model.onnx", "no"},
  };
  for (const auto& [command_line, expected] : cases) {
    const Ran ran = run_here(command_line);
    EXPECT_EQ(ran.code, 1) << command_line;
    EXPECT_THAT(ran.err, HasSubstr(expected)) << command_line;
    EXPECT_EQ(ran.out, "") << command_line;
  }
}

TEST_F(TrainCommand, WrongUsageIsExitCodeTwo) {
  for (const char* command_line : {"train", "train DIR/net.yaml", "train DIR/net.yaml --data DIR/line.csv --epochz 3",
                                   "train DIR/net.yaml --data DIR/line.csv --epochs"}) {
    const Ran ran = run_here(command_line);
    EXPECT_EQ(ran.code, 2) << command_line << ran.err;
    EXPECT_THAT(ran.err, HasSubstr("upkeep")) << command_line;
  }
  EXPECT_THAT(run_here("train DIR/net.yaml --data DIR/line.csv --epochz 3").err, HasSubstr("--epochs"));
}

TEST_F(TrainCommand, GoesOnFromItsCheckpoint) {
  const std::string start = "train DIR/net.yaml --data DIR/line.csv --target y --loss mse --seed 5 ";
  ASSERT_EQ(run_here(start + "--epochs 10 --output DIR/whole.onnx").code, 0);
  ASSERT_EQ(run_here(start + "--epochs 4 --checkpoint DIR/run.ckpt").code, 0);
  const Ran resumed = run_here(start + "--epochs 10 --checkpoint DIR/run.ckpt --resume --output DIR/resumed.onnx");
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_EQ(read_file(folder / "whole.onnx"), read_file(folder / "resumed.onnx"));
}

TEST_F(TrainCommand, WritesLearningCurves) {
  ASSERT_EQ(run_here("train DIR/net.yaml --data DIR/line.csv --target y --loss mse --epochs 3 --seed 1 --report DIR/curves.html").code, 0);
  EXPECT_THAT(read_file(folder / "curves.html"), HasSubstr("<html"));
}

TEST_F(TrainCommand, StopsEarlyAndRollsBackWhenAsked) {
  const Ran ran = run_here(
      "train DIR/net.yaml --data DIR/line.csv --target y --loss mse --optimizer sgd:learning_rate=10 --batch-size 4 --epochs 500 --seed 3 "
      "--callbacks "
      "rollback:factor=0.1,monitor=loss,early-stopping:monitor=loss,patience=5,restore_best_weights=true,csv-logger:filename=DIR/log.csv "
      "--output DIR/model.onnx --report DIR/curves.html --json");
  ASSERT_EQ(ran.code, 0) << ran.err;
  const Json events = ran.json()["events"];
  ASSERT_GE(events.size(), 2U);
  EXPECT_EQ(events[0]["kind"], "rollback");
  EXPECT_LT(ran.json()["history"]["loss"].back().get<double>(), 1);
  EXPECT_THAT(read_file(folder / "curves.html"), HasSubstr("rollback"));
  EXPECT_THAT(read_file(folder / "log.csv"), HasSubstr("epoch,loss"));
}

TEST_F(TrainCommand, TrainsSeveralOutputs) {
  write_file(
      folder / "two.yaml",
      "layers:\n  - input: {shape: [2], name: x}\n  - dense: {units: 1, name: left}\n  - dense: {units: 1, name: right, inputs: [x]}\n"
      "outputs: [left, right]\n");
  std::string csv = "a,b,y,z,w\n";
  for (int i = 0; i < 40; ++i) csv += upkeep::format("{},{},{},{},{}\n", i % 8, i / 8, 2 * (i % 8) - i / 8 + 1, i % 8, 1 + i % 2);
  write_file(folder / "two.csv", csv);
  const Ran ran = run_here(
      "train DIR/two.yaml --data DIR/two.csv --target left=y,right=z --loss left=mse,right=mae --loss-weights right=0.5 --metrics left=mae "
      "--sample-weight w --epochs 3 --seed 1 --output DIR/model.onnx --json");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.json()["history"]["right_loss"].size(), 3U);
  EXPECT_EQ(ran.json()["history"]["left_mae"].size(), 3U);
  const Ran missing = run_here("train DIR/two.yaml --data DIR/two.csv --target left=y --loss left=mse,right=mae --ignore w,z");
  EXPECT_EQ(missing.code, 1);
  EXPECT_THAT(missing.err, HasSubstr("--target right=COLUMN"));
}

// Classes in one column are what mixup can mix when the loss compares probabilities.
TEST_F(TrainCommand, MixesImagesAndTheirClasses) {
  std::string pixels = "p0,p1,p2,p3,label\n";
  for (int i = 0; i < 40; ++i) pixels += i % 2 == 0 ? "9,9,0,0,0\n" : "0,0,9,9,1\n";
  write_file(folder / "pixels.csv", pixels);
  write_file(folder / "two.yaml", "layers: [{input: {shape: [2, 2, 1]}}, {flatten: {}}, {dense: {units: 2, activation: softmax}}]");
  const std::string start =
      "train DIR/two.yaml --data DIR/pixels.csv:image_shape=2x2x1 --target label --augment mixup --epochs 2 --seed 1 --loss ";
  const Ran ran = run_here(start + "categorical_crossentropy --json");
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(run_here(start + "categorical_crossentropy --augment rotation:factor=[-0.1,0.2],fill_mode=constant,flip").code, 0);
  EXPECT_THAT(run_here(start + "sparse_categorical_crossentropy").err, HasSubstr("train with categorical_crossentropy"));
}

TEST_F(TrainCommand, FreezesAndWeighs) {
  std::string csv = "a,b,kind\n";
  for (int i = 0; i < 40; ++i) csv += upkeep::format("{},{},{}\n", i % 8, i / 8, i % 8 > 5 ? "rare" : "usual");
  write_file(folder / "kinds.csv", csv);
  write_file(
      folder / "kinds.yaml",
      "layers:\n  - input: {shape: [2]}\n  - dense: {units: 4, name: hidden}\n  - dense: {units: 2, activation: softmax, name: out}\n");
  const std::string start =
      "train DIR/kinds.yaml --data DIR/kinds.csv --target kind --loss sparse_categorical_crossentropy --epochs 2 --seed 1 ";
  EXPECT_EQ(run_here(start + "--class-weight balanced --freeze hidden --rates out/bias=0.1").code, 0);
  EXPECT_EQ(run_here(start + "--class-weight rare=3").code, 0);
  EXPECT_THAT(run_here(start + "--freeze hiden").err, HasSubstr("hiden"));
}

}  // namespace upkeep
