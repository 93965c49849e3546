#include "cli/command_testing.hpp"

namespace upkeep {

using testing::HasSubstr;

TEST(CatalogCommand, ListsRoomsMembersAndSettings) {
  const Ran ran = run("catalog train/optimizers");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("adam"));
  EXPECT_THAT(ran.out, HasSubstr("learning_rate"));
  EXPECT_THAT(run("catalog").out, HasSubstr("cli/commands"));
}

TEST(CatalogCommand, FindsARoomByItsLastNameAndAMemberByItsOwn) {
  EXPECT_TRUE(run("catalog losses --json").json().contains("train/losses"));
  const Json one = run("catalog adam --json").json();
  ASSERT_TRUE(one.contains("train/optimizers"));
  EXPECT_EQ(one["train/optimizers"].size(), 1U);
}

TEST(CatalogCommand, AnswersAnUnknownRoomWithThoseThereAre) {
  const Ran ran = run("catalog train/loses");
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("train/losses"));
}

TEST(Help, EveryCommandHasOneWithAnExample) {
  for (const commands::CommandEntry& command : commands::catalog()) {
    const Ran ran = run(command.name + " --help");
    EXPECT_EQ(ran.code, 0) << command.name;
    EXPECT_THAT(ran.out, HasSubstr("upkeep " + command.name)) << command.name;
    EXPECT_FALSE(command.examples.empty()) << command.name;
    for (const std::string& example : command.examples) EXPECT_THAT(ran.out, HasSubstr(example));
    EXPECT_THAT(run("--help").out, HasSubstr("  " + command.name + " ")) << "not in the overview: is its group one of the overview's?";
  }
}

TEST(Help, AnUnknownCommandIsAnsweredWithTheNearest) {
  const Ran ran = run("trian");
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, HasSubstr("\"train\""));
}

TEST(CatalogCommand, SaysWhatCanBeDoneWithEachLayerOfKeras) {
  const Ran ran = run("catalog --keras --json");
  ASSERT_EQ(ran.code, 0) << ran.err;
  std::map<std::string, Json> classes;
  for (const Json& one : ran.json()) classes[one["class"].get<std::string>()] = one;
  EXPECT_EQ(classes.at("LSTM")["layer"], "lstm");
  EXPECT_TRUE(classes.at("LSTM")["reads"] == true && classes.at("LSTM")["writes"] == true && classes.at("LSTM")["trains"] == true);
  EXPECT_EQ(classes.at("SpectralNormalization")["trains"], false);
  EXPECT_EQ(classes.at("Lambda")["reads"], false);
  EXPECT_THAT(run("catalog --keras").out, HasSubstr("Lambda"));
}

TEST(CatalogCommand, SaysHowAGradientPassesEachOperator) {
  const Ran ran = run("catalog --coverage --json");
  ASSERT_EQ(ran.code, 0) << ran.err;
  std::map<std::string, std::string> gradients;
  for (const Json& one : ran.json()) gradients[one["name"].get<std::string>()] = one["gradient"].get<std::string>();
  EXPECT_EQ(gradients["Sin"], "rule");
  EXPECT_EQ(gradients["Floor"], "stops");
  EXPECT_EQ(gradients["LSTM"], "lowered");
  EXPECT_EQ(gradients["LinearClassifier"], "lowered");
  EXPECT_EQ(gradients["Shape"], "integers");
}

}  // namespace upkeep
