#include "base/cores.hpp"
#include "cli/command_testing.hpp"
#include "convert/formats/format.hpp"
#include "train/training_record.hpp"

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

TEST_F(TrainCommand, UsesAllCoresUnlessToldOtherwiseAndSaysHowMany) {
  const std::string start = "train DIR/net.yaml --data DIR/line.csv --target y --loss mse --epochs 1 --seed 1 --json ";
  EXPECT_EQ(run_here(start).json()["threads"], cores());
  EXPECT_EQ(run_here(start + "--threads 3 --output DIR/three.onnx").json()["threads"], 3);
  EXPECT_EQ(training_record_of(load_model(file("three.onnx"))).threads, 3);
  EXPECT_EQ(run_here("evaluate DIR/three.onnx --data DIR/line.csv --json").json()["threads"], cores());
  EXPECT_EQ(run_here("predict DIR/three.onnx --data DIR/line.csv --ignore y --threads 1 --json").json()["threads"], 1);
}

TEST_F(TrainCommand, EqualSeedsAndThreadsGiveEqualBytesOfEveryKindOfLayer) {
  std::string csv;
  for (int i = 0; i < 64; ++i) csv += upkeep::format("{}p{}", i == 0 ? "" : ",", i);
  csv += ",kind\n";
  for (int row = 0; row < 96; ++row) {
    for (int i = 0; i < 64; ++i) csv += upkeep::format("{},", (row * 7 + i * i * (row % 3 + 1)) % 17);
    csv += upkeep::format("k{}\n", row % 3);
  }
  write_file(folder / "pictures.csv", csv);
  write_file(
      folder / "wide.yaml",
      "layers: [{input: {shape: [8, 8, 1]}}, {conv2d: {filters: 8, kernel_size: 3, activation: relu}}, batch_normalization, {reshape: "
      "{target_shape: [36, 8]}}, {lstm: {units: 16}}, {dropout: {rate: 0.2}}, {dense: {units: 3, activation: softmax}}]");
  const std::string start =
      "train DIR/wide.yaml --data DIR/pictures.csv:image_shape=8x8x1 --target kind --loss sparse_categorical_crossentropy --epochs 2 "
      "--seed 1 --threads 4 --validation 0.25 --output DIR/";
  ASSERT_EQ(run_here(start + "a.onnx").code, 0);
  ASSERT_EQ(run_here(start + "b.onnx").code, 0);
  EXPECT_EQ(read_file(folder / "a.onnx"), read_file(folder / "b.onnx"));
}

// The table is sorted by class: its last rows are all of one.
TEST_F(TrainCommand, HoldsOutEveryClassOfATableSortedByClass) {
  std::string csv = "a,b,kind\n";
  for (int i = 0; i < 60; ++i) csv += upkeep::format("{},{},{}\n", i / 20, i % 5, std::array{"ant", "bee", "cat"}[i / 20]);
  write_file(folder / "sorted.csv", csv);
  write_file(folder / "kinds.yaml",
             "layers: [{input: {shape: [2]}}, {dense: {units: 8, activation: relu}}, {dense: {units: 3, activation: softmax}}]");
  const Ran ran = run_here(
      "train DIR/kinds.yaml --data DIR/sorted.csv --target kind --loss sparse_categorical_crossentropy --metrics accuracy --optimizer "
      "adam:learning_rate=0.05 --epochs 60 --validation 0.2 --seed 1 --json");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.json()["rows"], 48);
  EXPECT_EQ(ran.json()["validation_rows"], 12);
  EXPECT_GT(ran.json()["figures"]["val_accuracy"], 0.9);
  EXPECT_TRUE(ran.json()["events"].empty());
}

TEST_F(TrainCommand, WarnsOfHeldOutClassesThatNoTrainingRowHas) {
  write_file(folder / "other.csv", "a,b,kind\n1,2,2\n2,1,0\n");
  write_file(folder / "numbers.csv", "a,b,kind\n1,2,0\n2,1,1\n3,2,0\n");
  write_file(folder / "kinds.yaml", "layers: [{input: {shape: [2]}}, {dense: {units: 3, activation: softmax}}]");
  const std::string start = "train DIR/kinds.yaml --target kind --loss sparse_categorical_crossentropy --epochs 1 --seed 1 ";
  const Ran ran = run_here(start + "--data DIR/numbers.csv --validation-data DIR/other.csv");
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("no row to train on is of class 2, which 1 of 2 held-out rows are"));
}

// By itself the table to validate on would call "bee" its first class, which is 0.
TEST_F(TrainCommand, NumbersClassesToValidateOnAsThoseToTrainOn) {
  std::string csv = "a,b,kind\n";
  for (int i = 0; i < 60; ++i) csv += upkeep::format("{},{},{}\n", i % 3, i % 5, std::array{"ant", "bee", "cat"}[i % 3]);
  write_file(folder / "all.csv", csv);
  write_file(folder / "some.csv", "a,b,kind\n1,2,bee\n2,1,cat\n1,0,bee\n");
  write_file(folder / "more.csv", "a,b,kind\n1,2,bee\n2,1,cow\n");
  write_file(folder / "kinds.yaml",
             "layers: [{input: {shape: [2]}}, {dense: {units: 8, activation: relu}}, {dense: {units: 3, activation: softmax}}]");
  const std::string start =
      "train DIR/kinds.yaml --data DIR/all.csv --target kind --loss sparse_categorical_crossentropy --metrics accuracy --optimizer "
      "adam:learning_rate=0.05 --epochs 80 --seed 1 --json --validation-data DIR/";
  const Ran ran = run_here(start + "some.csv");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.json()["figures"]["val_accuracy"], 1);
  EXPECT_THAT(run_here(start + "more.csv").json()["error"]["text"].get<std::string>(), HasSubstr("unknown class \"cow\""));
}

TEST_F(TrainCommand, KeepsTheNumbersOfClassesOfEachOutput) {
  write_file(
      folder / "two.yaml",
      "layers: [{input: {shape: [2], name: x}}, {dense: {units: 3, activation: softmax, name: left}}, {dense: {units: 1, name: right, "
      "inputs: [x]}}]\noutputs: [left, right]\n");
  std::string csv = "a,b,kind,z\n", some = csv;
  for (int i = 0; i < 60; ++i) {
    const std::string row = upkeep::format("{},{},{},{}\n", i % 3 == 0, i % 3 == 1, std::array{"ant", "bee", "cat"}[i % 3], i % 3);
    csv += row;
    if (i % 3 == 2) some += row;  // by itself "cat" would be the first class
  }
  write_file(folder / "two.csv", csv);
  write_file(folder / "some.csv", some);
  const std::string target = " --target left=kind,right=z ";
  ASSERT_EQ(run_here("train DIR/two.yaml --data DIR/two.csv" + target +
                     "--loss left=sparse_categorical_crossentropy,right=mse --metrics left=accuracy --optimizer adam:learning_rate=0.1 "
                     "--epochs 60 --seed 1 --output DIR/two.onnx")
                .code,
            0);
  const Ran ran = run_here("evaluate DIR/two.onnx --data DIR/some.csv" + target + "--json");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.json()["metrics"]["left_accuracy"], 1);
}

TEST_F(TrainCommand, DoesNotWriteOverTheCheckpointOfAnotherRun) {
  const std::string start = "train DIR/net.yaml --data DIR/line.csv --target y --loss mse --epochs 2 --checkpoint DIR/run.ckpt ";
  ASSERT_EQ(run_here(start + "--seed 5").code, 0);
  const std::string before = read_file(folder / "run.ckpt");
  const Ran other = run_here(start + "--seed 6");
  EXPECT_EQ(other.code, 1);
  EXPECT_THAT(other.err, testing::AllOf(HasSubstr("holds another run"), HasSubstr("seed was 5, is 6")));
  EXPECT_EQ(read_file(folder / "run.ckpt"), before);
  EXPECT_EQ(run_here(start + "--seed 5").code, 0);  // the same run gives the same bytes
  EXPECT_EQ(read_file(folder / "run.ckpt"), before);
  write_file(folder / "run.ckpt", "mine");
  EXPECT_THAT(run_here(start + "--seed 5").err, HasSubstr("it is no checkpoint"));
  EXPECT_EQ(read_file(folder / "run.ckpt"), "mine");
}

TEST_F(TrainCommand, ResumesWithTheThreadsOfItsCheckpoint) {
  const std::string start = "train DIR/net.yaml --data DIR/line.csv --target y --loss mse --seed 5 --checkpoint DIR/run.ckpt ";
  ASSERT_EQ(run_here(start + "--epochs 1 --threads 3").code, 0);
  const Ran resumed = run_here(start + "--epochs 2 --resume --json");
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_EQ(resumed.json()["threads"], 3);
  EXPECT_THAT(run_here(start + "--epochs 3 --resume --threads 2").err, HasSubstr("threads was 3, is 2"));
}

TEST_F(TrainCommand, ShowsTheEpochThatIsKept) {
  const std::string start =
      "train DIR/net.yaml --data DIR/line.csv --target y --loss mse --optimizer sgd:learning_rate=0.2 --epochs 9 --seed 3 --callbacks "
      "early-stopping:monitor=loss,patience=2,restore_best_weights=true ";
  const Json json = run_here(start + "--json --output DIR/model.onnx").json();
  const auto losses = json["history"]["loss"].get<std::vector<double>>();
  const auto best = std::ranges::min_element(losses) - losses.begin();
  ASSERT_LT(best + 1, std::ssize(losses));  // the rate is too high: it gets worse
  EXPECT_EQ(json["kept_epoch"], best + 1);
  EXPECT_EQ(json["figures"]["loss"], losses[static_cast<std::size_t>(best)]);
  EXPECT_THAT(run_here(start).out, HasSubstr(upkeep::format("epoch {} of {} is kept", best + 1, losses.size())));
}

// The rent is 3, 5 or 9 by city: one command finds the cities and the rents.
TEST_F(TrainCommand, LearnsVocabulariesFromTheRowsThatTrain) {
  write_file(folder / "cities.yaml",
             "layers: [{input: {shape: [1], dtype: string, name: city}}, {string_lookup: {output_mode: one_hot, name: place}}, {dense: "
             "{units: 1, name: rent}}]");
  std::string csv = "city,rent\n";
  for (int i = 0; i < 60; ++i) csv += std::array{"bern,3\n", "wien,5\n", "oslo,9\n"}[i % 3];
  write_file(folder / "cities.csv", csv);
  const Ran ran = run_here(
      "train DIR/cities.yaml --data DIR/cities.csv --target rent --loss mse --optimizer adam:learning_rate=0.1 --epochs 200 --seed 1 "
      "--validation 0.2 --output DIR/rents.onnx");
  ASSERT_EQ(ran.code, 0) << ran.err;
  write_file(folder / "new.csv", "city\noslo\nwien\n");
  const Json rents = run_here("predict DIR/rents.onnx --data DIR/new.csv --json").json()["predictions"]["rent"];
  EXPECT_NEAR(rents[0].get<double>(), 9, 0.1);
  EXPECT_NEAR(rents[1].get<double>(), 5, 0.1);
  EXPECT_EQ(run_here("train DIR/rents.onnx --data DIR/cities.csv --epochs 2 --seed 1 --output DIR/again.onnx").code, 0);
  EXPECT_THAT(run_here("convert DIR/cities.yaml DIR/no.onnx").err, HasSubstr("has no vocabulary"));
}

// Rent = size + 3, 5 or 9 by city, + 1 in zip 7: a plain net gets the inputs, the vocabularies and the encoding.
TEST_F(TrainCommand, MakesInputsForCategories) {
  write_file(folder / "rents.yaml", "layers: [{input: {shape: [1]}}, {dense: {units: 1, name: rent}}]");
  std::string csv = "id,size,city,zip,note,rent\n";
  for (int i = 0; i < 90; ++i)
    csv += upkeep::format("n{},{},{},{},x,{}\n", i, i % 5, std::array{"bern", "wien", "oslo"}[i % 3], 7 + i % 2,
                          i % 5 + std::array{3, 5, 9}[i % 3] + 1 - i % 2);
  write_file(folder / "rents.csv", csv);
  const std::string start =
      "train DIR/rents.yaml --data DIR/rents.csv --target rent --loss mse --optimizer adam:learning_rate=0.1 --epochs 150 --seed 1 ";
  const Ran ran = run_here(start + "--category city,zip --validation 0.2 --output DIR/rents.onnx");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("columns left out: id, note (texts; --category id,note"));
  write_file(folder / "new.csv", "id,zip,city,size\na,7,oslo,2\nb,8,bern,4\n");
  const Json answers = run_here("predict DIR/rents.onnx --data DIR/new.csv --keep id --json").json()["predictions"];
  EXPECT_EQ(answers["id"], Json({"a", "b"}));
  EXPECT_NEAR(answers["rent"][0].get<double>(), 12, 0.1);
  EXPECT_NEAR(answers["rent"][1].get<double>(), 7, 0.1);
  EXPECT_EQ(run_here("evaluate DIR/rents.onnx --data DIR/rents.csv").code, 0);
  EXPECT_THAT(run_here("train DIR/rents.onnx --data DIR/rents.csv --category city").err, HasSubstr("is trained already"));
}

// y = 2 a, and a is 0 to 4, missing in every fifth row: the mean of the others is 1.5, the median 1.5, the most frequent 0.
TEST_F(TrainCommand, FillsGapsInTheModel) {
  std::string csv = "a,y\n";
  for (int i = 0; i < 40; ++i) csv += upkeep::format("{},{}\n", i % 5 == 4 ? "" : std::to_string(i % 5), 2 * (i % 5));
  write_file(folder / "gaps.csv", csv);
  write_file(folder / "one.yaml", "layers: [{input: {shape: [1]}}, normalization, {dense: {units: 1, name: out}}]");
  write_file(folder / "new.csv", "a\n\"\"\n1.5\n0\n7\n");
  const std::string start =
      "train DIR/one.yaml --data DIR/gaps.csv --target y --loss mse --epochs 3 --seed 1 --output DIR/m.onnx --impute ";
  const auto answers_after = [&](const std::string& how) {
    const Ran ran = run_here(start + how);
    EXPECT_EQ(ran.code, 0) << ran.err;
    return run_here("predict DIR/m.onnx --data DIR/new.csv --json").json()["predictions"]["out"].get<std::vector<double>>();
  };
  for (const auto& [how, row] : std::vector<std::pair<std::string, std::size_t>>{
           {"mean", 1}, {"median", 1}, {"most-frequent", 2}, {"constant", 2}, {"constant:value=7", 3}}) {
    const std::vector<double> answers = answers_after(how);
    EXPECT_FLOAT_EQ(static_cast<float>(answers[0]), static_cast<float>(answers[row])) << how;
  }
  EXPECT_THAT(run_here(start + "mode").err, HasSubstr("most-frequent"));
  EXPECT_THAT(run_here("train DIR/m.onnx --data DIR/gaps.csv --impute mean").err, HasSubstr("already"));
}

// The next value of a line is one more than the last: a window of three is enough to see it, and windows do not cross machines.
TEST_F(TrainCommand, TrainsOnWindowsOfTime) {
  std::string csv = "machine,load\n";
  for (int i = 0; i < 40; ++i) csv += upkeep::format("{},{}\n", i % 2 == 0 ? "left" : "right", i / 2 + (i % 2) * 100);
  write_file(folder / "load.csv", csv);
  write_file(folder / "net3.yaml", "layers: [{input: {shape: [3, 1]}}, {flatten: {}}, {dense: {units: 1, name: next}}]");
  const Ran ran = run_here(
      "train DIR/net3.yaml --data DIR/load.csv:window=3,stride=1,horizon=1,by=machine --features load --target load --loss mse --optimizer "
      "adam:learning_rate=0.01 --epochs 400 --seed 1 --validation 0.2 --output DIR/series.onnx --json");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.json()["rows"].get<int>() + ran.json()["validation_rows"].get<int>(),
            28);  // 17 of each machine, 3 of which share steps with those held out
  const Json answers = run_here("predict DIR/series.onnx --data DIR/load.csv:window=3,by=machine --keep machine,load --json").json();
  EXPECT_EQ(answers["rows"], 36);  // to the last row of each
  EXPECT_EQ(answers["predictions"]["load"][17], 19);
  EXPECT_EQ(answers["predictions"]["machine"][18], "right");
}

TEST_F(TrainCommand, TakesTwoTextsForTheClassesOfOneProbability) {
  std::string csv = "a,b,churn\n";
  for (int i = 0; i < 60; ++i) csv += upkeep::format("{},{},{}\n", i % 2, i % 5, i % 2 == 0 ? "no" : "yes");
  write_file(folder / "churn.csv", csv);
  write_file(folder / "churn.yaml", "layers: [{input: {shape: [2]}}, {dense: {units: 1, activation: sigmoid, name: p}}]");
  const std::string start =
      "train DIR/churn.yaml --data DIR/churn.csv --target churn --epochs 100 --seed 1 --output DIR/churn.onnx --loss ";
  ASSERT_EQ(run_here(start + "binary_crossentropy --optimizer adam:learning_rate=0.1 --class-weight yes=2").code, 0);
  EXPECT_EQ(run_here("evaluate DIR/churn.onnx --data DIR/churn.csv --metrics accuracy --json").json()["metrics"]["accuracy"], 1);
  const Json answers = run_here("predict DIR/churn.onnx --data DIR/churn.csv --json").json()["predictions"];
  EXPECT_EQ(answers["predicted"][0], "no");
  EXPECT_EQ(answers["predicted"][1], "yes");
  EXPECT_THAT(run_here(start + "mse").err, HasSubstr("\"no\", which is no number"));
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
// "parts:1" is the second value of the layer "parts", no loss with settings that the next item goes on with.
TEST_F(TrainCommand, TakesLossesOfOutputsThatAreNumbered) {
  write_file(folder / "parts.yaml",
             "layers: [{input: {shape: [2]}}, {dense: {units: 2}}, {operation: {function: split, arguments: {x: {input: 0}, "
             "indices_or_sections: 2, axis: 1}, name: parts}}]\noutputs: [parts:1, parts]\n");
  const Ran ran = run_here(
      "train DIR/parts.yaml --data DIR/line.csv --features a,b --target parts:1=y,parts=a --loss parts:1=mse,parts=mae --epochs 1 --json");
  ASSERT_EQ(ran.code, 0) << ran.err << ran.out;
  EXPECT_TRUE(ran.json()["history"].contains("parts:1_loss")) << ran.out;
}

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
  EXPECT_THAT(run_here(start + "--class-weight foo=2").err, HasSubstr("unknown class \"foo\" (known: rare, usual)"));
  EXPECT_THAT(run_here(start + "--class-weight 7=2").err, HasSubstr("known: rare, usual"));
  EXPECT_THAT(run_here(start + "--metrics f1").err, HasSubstr("did you mean \"f1_score\"?"));
  EXPECT_THAT(run_here(start + "--callbacks ReduceLROnPlateau").err, HasSubstr("--schedule reduce-on-plateau"));
  EXPECT_THAT(run_here(start + "--freeze hiden").err, HasSubstr("hiden"));
}

}  // namespace upkeep
