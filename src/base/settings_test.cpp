#include "base/settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace upkeep {

struct Sample {
  double rate = 0.1;
  int count = 3;
  bool on = false;
  std::string mode = "fast";
  std::vector<std::string> words;
  std::optional<std::int64_t> seed;
};

template <>
inline const Settings settings<Sample> =
    describe<Sample>("sample", "a sample", field("rate", &Sample::rate, "a rate", range(0, 1, Ends::kOpenRight)),
                     field("count", &Sample::count, "how many", "rows"), field("on", &Sample::on, "switch"),
                     field("mode", &Sample::mode, "how", one_of({"fast", "slow"})), field("words", &Sample::words, "words"),
                     field("seed", &Sample::seed, "seed"));

static std::string complaint(std::string_view json) {
  try {
    parse<Sample>(parse_json(json));
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(Settings, SetWhatIsNamedAndKeepTheRest) {
  const Sample sample = parse<Sample>(parse_json(R"({"rate": 0.5, "words": "one", "seed": 7})"));
  EXPECT_EQ(sample.rate, 0.5);
  EXPECT_EQ(sample.count, 3);
  EXPECT_EQ(sample.words, std::vector<std::string>{"one"});
  EXPECT_EQ(sample.seed, 7);
  EXPECT_EQ(to_json(Sample{}).dump(), R"({"rate":0.1,"count":3,"on":false,"mode":"fast","words":[],"seed":null})");
}

TEST(Settings, ComplainWithNameAndRange) {
  EXPECT_EQ(complaint(R"({"rate": 1})"), "sample.rate: 1 is outside [0, 1)");
  EXPECT_EQ(complaint(R"({"count": 1.5})"), "sample.count: expected an integer, got 1.5");
  EXPECT_EQ(complaint(R"({"on": 1})"), "sample.on: expected a boolean, got 1");
  EXPECT_THAT(complaint(R"({"mode": "slwo"})"), testing::HasSubstr("did you mean \"slow\"?"));
  EXPECT_THAT(complaint(R"({"rtae": 1})"), testing::HasSubstr("unknown setting \"rtae\" (did you mean \"rate\"?"));
  EXPECT_THAT(complaint("[]"), testing::HasSubstr("a map of names to values"));
}

TEST(Settings, DescribeThemselves) {
  const Json about = settings<Sample>.describe();
  EXPECT_EQ(about[0].dump(), R"x({"name":"rate","type":"number","default":0.1,"range":"[0, 1)","help":"a rate"})x");
  EXPECT_EQ(about[1]["unit"], "rows");
  EXPECT_EQ(about[4]["type"], "list of strings");
  EXPECT_EQ(about[5]["type"], "integer or null");
}

TEST(NamedSettings, AreANameAndItsValues) {
  EXPECT_EQ(parse_named("adam").name, "adam");
  const NamedSettings named = parse_named("adam:learning_rate=0.01,betas=[0.9,0.99],name=x");
  EXPECT_EQ(named.name, "adam");
  EXPECT_EQ(named.values.dump(), R"({"learning_rate":0.01,"betas":[0.9,0.99],"name":"x"})");
  EXPECT_THROW(parse_named(":a=1"), Error);
  EXPECT_THROW(parse_named("adam:0.01"), Error);
}

}  // namespace upkeep
