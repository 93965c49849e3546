#include "cli/command_testing.hpp"

namespace upkeep {

using testing::HasSubstr;
using LearningRateCommand = CommandTest;

TEST_F(LearningRateCommand, SuggestsARateAndPlotsTheLoss) {
  const Ran ran = run_here(
      "learning-rate DIR/net.yaml --data DIR/line.csv --target y --loss mse --optimizer sgd --seed 3 --batch-size 8 --lowest 1e-5 "
      "--highest "
      "10 --report DIR/rate.html --json");
  ASSERT_EQ(ran.code, 0) << ran.err;
  const Json found = ran.json();
  EXPECT_GT(found["suggestion"].get<double>(), 1e-5);
  EXPECT_LT(found["suggestion"].get<double>(), 1);
  EXPECT_TRUE(found["falls"].get<bool>());
  EXPECT_EQ(found["rates"].size(), found["losses"].size());
  EXPECT_THAT(read_file(folder / "rate.html"), HasSubstr("loss over learning rate"));
}

TEST_F(LearningRateCommand, LeavesTheModelAlone) {
  train_model("model.onnx");
  const std::string before = read_file(folder / "model.onnx");
  ASSERT_EQ(run_here("learning-rate DIR/model.onnx --data DIR/line.csv --seed 1 --steps 20").code, 0);
  EXPECT_EQ(read_file(folder / "model.onnx"), before);
}

TEST_F(LearningRateCommand, RefusesAnEmptyRange) {
  const Ran ran = run_here("learning-rate DIR/net.yaml --data DIR/line.csv --target y --loss mse --lowest 1 --highest 0.1");
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("lowest < highest"));
}

}  // namespace upkeep
