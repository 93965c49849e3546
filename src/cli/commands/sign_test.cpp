#include "cli/command_testing.hpp"

namespace upkeep {

using SignCommand = CommandTest;
using testing::HasSubstr;

TEST_F(SignCommand, WritesWhatInspectShows) {
  train_model();
  ASSERT_EQ(run_here("sign DIR/model.onnx --feature width=number? --feature owner=boolean --output out=binary:no|yes --target bought "
                     "--save DIR/signed.onnx")
                .code,
            0);
  const Ran shown = run_here("inspect DIR/signed.onnx");
  EXPECT_THAT(shown.out, HasSubstr("width (may be missing), owner (boolean)"));
  EXPECT_THAT(shown.out, HasSubstr("binary no, yes; judged by bought"));
  const Json signature = run_here("inspect DIR/signed.onnx --json").json()["signature"];
  EXPECT_EQ(signature["outputs"][0]["targets"], Json::array({"bought"}));
  EXPECT_THAT(run_here("inspect DIR/model.onnx").out, testing::Not(HasSubstr("width")));
}

TEST_F(SignCommand, TakesAFileWithAllOfIt) {
  train_model();
  write_file(folder / "signature.yaml", "outputs:\n  - {name: out, answers: number, targets: [price]}\n");
  const Ran ran = run_here("sign DIR/model.onnx --signature DIR/signature.yaml --json");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.json()["signature"]["outputs"][0]["targets"], Json::array({"price"}));
  EXPECT_EQ(ran.json()["signature"]["inputs"][0]["features"].size(), 2);  // what was known of the input stays
}

TEST_F(SignCommand, RefusesAnswersThatNothingFits) {
  write_file(folder / "net.yaml",
             "layers:\n  - input: {shape: [2]}\n  - dense: {units: 2, name: two}\n  - dense: {units: 1, activation: sigmoid, name: out}\n");
  write_file(folder / "yes.csv", "a,b,y\n1,2,0\n2,1,1\n0,1,1\n3,1,0\n");
  ASSERT_EQ(run_here("train DIR/net.yaml --data DIR/yes.csv --target y --loss binary_crossentropy --epochs 1 --output DIR/model.onnx").code,
            0);
  EXPECT_THAT(run_here("sign DIR/model.onnx --output out=binary:threshold=1.3").err, HasSubstr("between 0 and 1"));
  EXPECT_THAT(run_here("sign DIR/model.onnx --output out=binary:threshold=0").err, HasSubstr("between 0 and 1"));
  EXPECT_THAT(run_here("sign DIR/model.onnx --output out=binary:no|no").err, HasSubstr("names \"no\" twice"));
  EXPECT_THAT(run_here("sign DIR/model.onnx --feature a=category:a|a --feature b").err, HasSubstr("names \"a\" twice"));
  EXPECT_EQ(run_here("sign DIR/model.onnx --output out=binary:no|yes,threshold=0.9").code, 0);
}

TEST_F(SignCommand, SaysWhatIsWrongAndLeavesTheFileAlone) {
  train_model();
  const std::string before = read_file(folder / "model.onnx");
  EXPECT_THAT(run_here("sign DIR/model.onnx").err, HasSubstr("--feature"));
  EXPECT_THAT(run_here("sign DIR/model.onnx --feature a,b,c").err, HasSubstr("reads 2 numbers a row, and 3 features"));
  EXPECT_THAT(run_here("sign DIR/model.onnx --output other=number").err, HasSubstr("out"));
  EXPECT_THAT(run_here("sign m@production --target y").err, HasSubstr("published"));
  EXPECT_EQ(read_file(folder / "model.onnx"), before);
}

}  // namespace upkeep
