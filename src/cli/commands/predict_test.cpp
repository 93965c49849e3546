#include "cli/command_testing.hpp"
#include "data/table.hpp"

namespace upkeep {

using PredictCommand = CommandTest;

TEST_F(PredictCommand, PrintsCsvAndWritesTables) {
  train_model();
  const Ran text = run_here("predict DIR/model.onnx --data DIR/line.csv");
  ASSERT_EQ(text.code, 0) << text.err;
  EXPECT_EQ(split(text.out, '\n').size(), 42U);  // heading, 40 rows, the end
  ASSERT_EQ(run_here("predict DIR/model.onnx --data DIR/line.csv --output DIR/p.parquet").code, 0);
  const Table table = load_table(folder / "p.parquet");
  EXPECT_EQ(table.rows(), 40);
  const Json json = run_here("predict DIR/model.onnx --data DIR/line.csv --json").json();
  EXPECT_FLOAT_EQ(json["predictions"]["out"][7].get<float>(),
                  static_cast<float>(table.column("out").cast(DType::kFloat64).data<double>()[7]));
}

TEST_F(PredictCommand, ReadsAndWritesTexts) {
  write_file(folder / "net.yaml",
             "layers: [{input: {shape: [1], dtype: string}}, {string_lookup: {vocabulary: ['a, b', c]}}, "
             "{string_lookup: {vocabulary: ['a, b', c], invert: true, name: out}}]");
  write_file(folder / "words.csv", "number,word\n1,c\n2,\"a, b\"\n3,d\n");
  const Ran text = run_here("predict DIR/net.yaml --data DIR/words.csv");
  EXPECT_EQ(text.out, "out\nc\n\"a, b\"\n[UNK]\n") << text.err;
  EXPECT_EQ(run_here("predict DIR/net.yaml --data DIR/words.csv --json").json()["predictions"]["out"], (Json{"c", "a, b", "[UNK]"}));
  EXPECT_EQ(run_here("predict DIR/net.yaml --data DIR/words.csv --features number").out, "out\n[UNK]\n[UNK]\n[UNK]\n");
  write_file(folder / "codes.yaml",
             "layers: [{input: {shape: [1], dtype: string}}, {string_lookup: {vocabulary: ['007', '7'], name: out}}]");
  write_file(folder / "codes.csv", "code\n007\n7\n");
  EXPECT_EQ(run_here("predict DIR/codes.yaml --data DIR/codes.csv").out, "out\n1\n2\n") << "texts as they stand in the file";
}

TEST_F(PredictCommand, SaysWhichRowsHaveNoAnswer) {
  train_model();
  write_file(folder / "new.csv", "a,b\n1,2\n,3\n4,5\n");
  EXPECT_THAT(run_here("predict DIR/model.onnx --data DIR/new.csv").err,
              testing::HasSubstr("1 of 3 rows have no answer (NaN): 2; column \"a\" is missing in row 2"));
  const Ran ran = run_here("predict DIR/model.onnx --data DIR/new.csv --json");
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_TRUE(ran.json()["predictions"]["out"][1].is_null());
  EXPECT_EQ(ran.json()["unanswered"], Json::array({2}));
}

TEST_F(PredictCommand, NeedsNoTargets) {
  train_model();
  write_file(folder / "new.csv", "b,a\n1,2\n");
  const Ran ran = run_here("predict DIR/model.onnx --data DIR/new.csv");
  EXPECT_EQ(ran.code, 0) << ran.err;
}

TEST_F(PredictCommand, NamesTheColumnThatIsMissing) {
  train_model();
  write_file(folder / "new.csv", "a\n2\n");
  const Ran ran = run_here("predict DIR/model.onnx --data DIR/new.csv");
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, testing::HasSubstr("\"b\""));
}

TEST_F(PredictCommand, NamesClassesAndThePredictedOne) {
  std::string csv = "id,a,b,kind\n";
  for (int i = 0; i < 40; ++i) csv += upkeep::format("r{},{},{},{}\n", i, i % 2, i % 3, i % 2 == 0 ? "ant" : "bee");
  write_file(folder / "kinds.csv", csv);
  write_file(folder / "kinds.yaml", "layers: [{input: {shape: [2]}}, {dense: {units: 2, activation: softmax, name: out}}]");
  ASSERT_EQ(run_here("train DIR/kinds.yaml --data DIR/kinds.csv --target kind --loss sparse_categorical_crossentropy --optimizer "
                     "adam:learning_rate=0.1 --epochs 60 --seed 1 --output DIR/kinds.onnx")
                .code,
            0);
  const Ran ran = run_here("predict DIR/kinds.onnx --data DIR/kinds.csv --keep id,kind");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, testing::StartsWith("id,kind,predicted,out.ant,out.bee\nr0,ant,ant,"));
  EXPECT_THAT(ran.out, testing::HasSubstr("\nr1,bee,bee,"));
}

}  // namespace upkeep
