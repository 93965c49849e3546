#include "cli/other_options.hpp"

#include "cli/command_testing.hpp"

namespace upkeep {

using testing::HasSubstr;

namespace {

std::string said_to(const std::string& command_line) { return run(command_line).err; }

}  // namespace

TEST(OtherOptions, LeadToTheOnesHere) {
  const std::string start = "train net.yaml --data d.csv ";
  EXPECT_THAT(said_to(start + "--learning-rate 0.01"),
              HasSubstr("unknown option \"--learning-rate\" (write --optimizer adam:learning_rate=0.01)"));
  EXPECT_THAT(said_to(start + "--lr=0.1"), HasSubstr("--optimizer adam:learning_rate=0.1"));
  EXPECT_THAT(said_to(start + "--lr"), HasSubstr("--optimizer adam:learning_rate=VALUE"));
  EXPECT_THAT(said_to(start + "--batch_size 8"), HasSubstr("--batch-size"));
  EXPECT_THAT(said_to(start + "--val-split 0.2"), HasSubstr("--validation 0.2"));
  EXPECT_THAT(said_to(start + "--early_stopping 5"), HasSubstr("early-stopping:patience=5"));
  EXPECT_THAT(said_to(start + "--test t.csv"), HasSubstr("upkeep evaluate MODEL --data t.csv"));
  EXPECT_THAT(said_to(start + "--dropout 0.3"), HasSubstr("- dropout: {rate: 0.3}"));
  EXPECT_THAT(said_to(start + "-e 5"), HasSubstr("--epochs 5"));
  EXPECT_THAT(said_to("train net.yaml --train d.csv"), HasSubstr("--data d.csv"));
  EXPECT_THAT(said_to("fit net.yaml"), HasSubstr("did you mean \"train\"?"));
  EXPECT_THAT(said_to("predict model.onnx --test d.csv"), HasSubstr("--data d.csv"));
  EXPECT_THAT(said_to("evaluate model.onnx --data d.csv --metric mae"), HasSubstr("--metrics mae"));
}

TEST(OtherOptions, TakeAFileThatStandsAloneForTheData) {
  EXPECT_THAT(said_to("train net.yaml d.csv --loss mse"), HasSubstr("\"d.csv\" stands alone (write --data d.csv)"));
}

TEST(OtherOptions, LeadToNoneThatTheCommandLacks) {
  EXPECT_EQ(other_option("--lr", "0.1", {"--data", "--output"}), std::nullopt);
  EXPECT_EQ(other_option("--zzz", "0.1", {"--optimizer"}), std::nullopt);
}

// What is advised for training can be typed as it is printed.
TEST_F(CommandTest, TakesTheAdviceThatIsGivenOnOtherOptions) {
  for (const std::string given : {"--lr 0.01", "--momentum 0.9", "--wd 0.1", "--clipnorm 1", "--bs 8", "--nepochs 2", "--val 0.2",
                                  "--patience 3", "--random-state 3", "--n-jobs 1", "--workers 1", "--reduce-lr 1", "--criterion mae"}) {
    const std::string start = "train DIR/net.yaml --data DIR/line.csv --target y ";
    const std::string said = run_here(start + given).err;
    const auto from = said.find("(write ");
    ASSERT_NE(from, std::string::npos) << said;
    const std::string advice = said.substr(from + 7, said.find(')', from) - from - 7);
    const Ran ran =
        run_here(start + (advice.contains("--loss") ? "" : "--loss mse ") + (advice.contains("--epochs") ? "" : "--epochs 1 ") + advice);
    EXPECT_EQ(ran.code, 0) << advice << ran.err;
  }
}

}  // namespace upkeep
