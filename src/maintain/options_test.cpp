#include "maintain/options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.hpp"
#include "upkeep/error.hpp"

namespace upkeep {
namespace {

using testing::HasSubstr;

constexpr std::string_view kWhole = R"(
registry: reg
model: diabetes
reference: /data/diabetes.csv
target: target
window: {hours: 24}
measures: ["psi:min_effect=0.2", ks]
held_out: 0.25
triggers:
  - quality: {metric: mae, bound: 60, min_labels: 50}
  - drift: {features: 2, measure: psi}
actions:
  - retrain: {epochs: 100, learning_rate: 0.001, regularizer: "l2:l2=0.001", edit: [{add: "dense:units=8"}]}
gates:
  - better: {metric: mae, min_improvement: 1}
  - not-worse: {metric: mae}
promote: false
)";

std::string error_of(const std::string& yaml) {
  try {
    maintain_options(parse_yaml(yaml), "/here");
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

// kWhole with one piece of text in another's place.
std::string with(const std::string& from, const std::string& to) {
  std::string yaml(kWhole);
  const std::size_t at = yaml.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return yaml.replace(at, from.size(), to);
}

TEST(MaintainOptions, AreReadFromYaml) {
  const MaintainOptions options = maintain_options(parse_yaml(kWhole), "/here");
  EXPECT_EQ(options.registry, "/here/reg");
  EXPECT_EQ(options.reference, "/data/diabetes.csv");
  EXPECT_EQ(options.alias, "production");
  EXPECT_TRUE(options.log.empty());
  EXPECT_EQ(options.window_hours, 24);
  EXPECT_EQ(options.measures[0].values["min_effect"], 0.2);
  EXPECT_EQ(options.triggers[1].name, "drift");
  EXPECT_EQ(options.triggers[1].values["features"], 2);
  EXPECT_EQ(options.actions[0].values["regularizer"], "l2:l2=0.001");
  EXPECT_EQ(options.gates[1].name, "not-worse");
  EXPECT_FALSE(options.promote);
}

TEST(MaintainOptions, ErrorsNameTheKey) {
  EXPECT_THAT(error_of(with("model: diabetes", "modle: diabetes")), HasSubstr("modle"));
  EXPECT_THAT(error_of(with("model: diabetes\n", "")), HasSubstr("\"model\" is not given"));
  EXPECT_THAT(error_of(with("held_out: 0.25", "held_out: 1.5")), HasSubstr("held_out"));
  EXPECT_THAT(error_of(with("hours: 24", "days: 1")), HasSubstr("days"));
  EXPECT_THAT(error_of(with("bound: 60", "bond: 60")), testing::AllOf(HasSubstr("triggers[0]"), HasSubstr("bond")));
  EXPECT_THAT(error_of(with("measure: psi", "measure: mmd")), testing::AllOf(HasSubstr("triggers[1]"), HasSubstr("kolmogorov-smirnov")));
  EXPECT_THAT(error_of(with("retrain:", "retrian:")), testing::AllOf(HasSubstr("actions[0]"), HasSubstr("retrain")));
  EXPECT_THAT(error_of(with("min_improvement: 1", "min_improvement: lots")),
              testing::AllOf(HasSubstr("gates[0]"), HasSubstr("min_improvement")));
  EXPECT_THAT(error_of(with("- not-worse: {metric: mae}", "- [better]")), HasSubstr("gates[1]"));
  EXPECT_THAT(error_of(with("psi:min_effect=0.2", "mmd")), HasSubstr("mmd"));
}

TEST(MaintainOptions, NeedATriggerAnActionAndAGate) {
  std::string yaml(kWhole);
  EXPECT_THAT(error_of(yaml.substr(0, yaml.find("gates:"))), HasSubstr("no gates are given"));
}

TEST(MaintainOptions, AreLoadedRelativeToTheirFile) {
  const TemporaryFolder folder;
  write_file(folder / "upkeep.yaml", kWhole);
  EXPECT_EQ(load_maintain(folder / "upkeep.yaml").registry, folder / "reg");
  write_file(folder / "bad.yaml", "model: [");
  try {
    load_maintain(folder / "bad.yaml");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("bad.yaml"));
  }
}

TEST(MaintainOptions, RecordWhatDecidesAndNoPaths) {
  const Json json = to_json(maintain_options(parse_yaml(kWhole), "/here"));
  EXPECT_EQ(json["triggers"][0]["quality"]["bound"], 60);
  EXPECT_THAT(json.dump(), testing::Not(HasSubstr("/here")));
}

TEST(MaintainOptions, EveryKeyIsDescribed) {
  for (const Field& field : maintain_settings().fields()) EXPECT_FALSE(field.help.empty()) << field.name;
}

}  // namespace
}  // namespace upkeep
