#include "cli/command_testing.hpp"
#include "data/table.hpp"

namespace upkeep {

// The net of train_model() is y = a * w0 + b * w1 + c with the weights that training found.
class ExplainCommandTest : public CommandTest {
 protected:
  void SetUp() override { train_model(); }
};

TEST_F(ExplainCommandTest, ExplainsEachRowOfALinearModelByItsWeights) {
  const Json json = run_here(
                        "explain DIR/model.onnx --data DIR/line.csv --rows 2,5-6 --method exact-shapley --background DIR/line.csv "
                        "--background-rows 40 --json")
                        .json();
  ASSERT_EQ(json["explanations"].size(), 3U);
  const Json predicted = run_here("predict DIR/model.onnx --data DIR/line.csv --json").json()["predictions"]["out"];
  const double slope = predicted[1].get<double>() - predicted[0].get<double>();  // a is one more
  for (const Json& one : json["explanations"]) {
    const auto row = one["row"].get<std::int64_t>() - 1;
    const double a = static_cast<double>(row % 8);
    EXPECT_EQ(one["attributions"][0]["feature"], "a");
    EXPECT_EQ(one["attributions"][0]["value"], a);
    EXPECT_NEAR(one["attributions"][0]["attribution"].get<double>(), slope * (a - 3.5), 1e-4);  // the mean of a is 3.5
    EXPECT_NEAR(one["answer"].get<double>(), predicted[static_cast<std::size_t>(row)].get<double>(), 1e-5);
    EXPECT_LT(one["honesty"]["additivity_error"].get<double>(), 1e-5);
  }
}

TEST_F(ExplainCommandTest, PrintsBarsAndWritesATableAndAPage) {
  const Ran ran =
      run_here("explain DIR/model.onnx --data DIR/line.csv --rows 1-3 --method exact-shapley --save DIR/why.parquet --report DIR/why.html");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, testing::HasSubstr("row 2: y = "));
  EXPECT_THAT(ran.out, testing::HasSubstr("over 3 rows"));
  EXPECT_THAT(ran.err, testing::HasSubstr("--background names the rows"));
  EXPECT_EQ(load_table(folder / "why.parquet").rows(), 6);
  const std::string page = read_file(folder / "why.html");
  EXPECT_THAT(page, testing::HasSubstr("Row 2: y = "));
  EXPECT_THAT(page, testing::HasSubstr("<th scope=\"row\">a = 1</th>"));
}

TEST_F(ExplainCommandTest, SaysWhatIsWrong) {
  EXPECT_THAT(run_here("explain DIR/model.onnx --data DIR/line.csv --rows 41").err, testing::HasSubstr("rows are 1 to 40"));
  EXPECT_THAT(run_here("explain DIR/model.onnx --data DIR/line.csv --method shapp").err, testing::HasSubstr("exact-shapley"));
  EXPECT_THAT(run_here("explain DIR/model.onnx --data DIR/line.csv --until 0.1").err, testing::HasSubstr("error=NUMBER"));
  EXPECT_THAT(run_here("explain DIR/model.onnx --data DIR/line.csv --group ab=c*").err, testing::HasSubstr("group \"ab\""));
  EXPECT_THAT(run_here("explain DIR/model.onnx --data DIR/line.csv --element high").err, testing::HasSubstr("unknown element \"high\""));
  EXPECT_THAT(run_here("explain DIR/model.onnx --data DIR/line.csv --method exact-shapley --budget 10").err,
              testing::HasSubstr("the budget of 10 evaluations"));
}

}  // namespace upkeep
