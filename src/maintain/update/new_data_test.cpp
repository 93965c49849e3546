#include "maintain/update/new_data.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/format.hpp"
#include "base/sha256.hpp"
#include "maintain/scenario_testing.hpp"

namespace upkeep {
namespace {

using scenario::Deployment;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(HeldOut, TakesAboutTheShareAskedFor) {
  int out = 0;
  for (int i = 0; i < 10'000; ++i) out += is_held_out(upkeep::format("request-{}", i), 0.3);
  EXPECT_NEAR(out, 3000, 4 * std::sqrt(10'000 * 0.3 * 0.7));
}

TEST(HeldOut, IsForGoodAndGrowsWithTheShare) {
  for (int i = 0; i < 200; ++i) {
    const std::string id = std::to_string(i);
    EXPECT_EQ(is_held_out(id, 0.3), is_held_out(id, 0.3));
    EXPECT_LE(is_held_out(id, 0.3), is_held_out(id, 0.5)) << id;
  }
}

class NewDataTest : public testing::Test {
 protected:
  NewData data(const NewDataOptions& options = {.held_out = 0.3, .population = "traffic of version 1"}) {
    const Model model = deployment_.registry.load(deployment_.registry.version("m", 1));
    const JoinedLog log = read_log({.folder = deployment_.registry.log_folder(), .model = "m"});
    return new_data(model, load_table(deployment_.reference()), log, judged_rows(log, {}), options);
  }
  Deployment deployment_;
};

TEST_F(NewDataTest, PutsLabelledRowsBehindTheReference) {
  deployment_.traffic(100, "r", 7, {.shift = 4}, 80);
  const NewData found = data();
  EXPECT_EQ(found.training.rows(), 300 + found.new_rows);
  EXPECT_EQ(found.new_rows + found.held_out.rows(), 80);
  EXPECT_THAT(found.training.names(), ElementsAre("a", "b", "c", "d", "y", kPopulationColumn, kRequestColumn));
  EXPECT_EQ(found.training.column(kPopulationColumn).strings()[0], "reference");
  EXPECT_EQ(found.training.column(kPopulationColumn).strings().back(), "traffic of version 1");
}

// Values identify rows: no held-out value of "a" may stand in the training table.
TEST_F(NewDataTest, NeverTrainsOnHeldOutRows) {
  deployment_.traffic(200, "r", 7, {.shift = 4}, 200);
  const NewData found = data();
  ASSERT_GT(found.held_out.rows(), 30);
  std::set<float> trained;
  for (const double value : doubles(found.training.column("a"))) trained.insert(static_cast<float>(value));
  for (const double value : doubles(found.held_out.column("a"))) EXPECT_FALSE(trained.contains(static_cast<float>(value)));
}

TEST_F(NewDataTest, IsTheReferenceWithoutLabels) {
  deployment_.traffic(50, "r", 7, {}, 0);
  const NewData found = data();
  EXPECT_EQ(found.training.rows(), 300);
  EXPECT_EQ(found.new_rows, 0);
  EXPECT_EQ(found.held_out.rows(), 0);
}

TEST_F(NewDataTest, KeepsThePopulationsThatTheReferenceKnows) {
  deployment_.traffic(50, "r", 7, {}, 50);
  const Table first = data().training;
  save_table(first, deployment_.reference());
  EXPECT_EQ(data().new_rows, 0);  // what the reference has already is learned once
  deployment_.traffic(50, "s", 8, {}, 50);
  const Table second = data({.held_out = 0.3, .population = "traffic of version 2"}).training;
  std::set<std::string> names(second.column(kPopulationColumn).strings().begin(), second.column(kPopulationColumn).strings().end());
  EXPECT_THAT(names, ElementsAre("reference", "traffic of version 1", "traffic of version 2"));
}

TEST_F(NewDataTest, WantsExactlyOneTarget) {
  deployment_.traffic(50, "r", 7, {}, 50);
  EXPECT_THROW(data({.targets = {"y", "a"}}), Error);
}

TEST_F(NewDataTest, NamesAFeatureThatTheLogLacks) {
  deployment_.traffic(50, "r", 7, {}, 50);
  try {
    data({.features = {"a", "b", "c", "y"}, .targets = {"d"}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("lacks the feature \"y\""));
  }
}

}  // namespace
}  // namespace upkeep
