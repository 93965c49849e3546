#include "maintain/reference.hpp"

#include <gtest/gtest.h>

#include "base/files.hpp"
#include "base/sha256.hpp"
#include "maintain/scenario_testing.hpp"
#include "registry/kept_profile.hpp"
#include "upkeep/error.hpp"

namespace upkeep {
namespace {

TEST(KeepReference, NamesTheFileByItsContent) {
  const TemporaryFolder folder;
  Registry registry(folder.path());
  const Table table = scenario::rows(20, 1);
  const Json kept = keep_reference(table, registry);
  const std::filesystem::path file = registry.artifact_file(kept["sha256"]).path();
  EXPECT_EQ(sha256_of_file(file), kept["sha256"].get<std::string>());
  EXPECT_EQ(keep_reference(table, registry), kept);
  EXPECT_EQ(load_table(file).rows(), 20);
  EXPECT_EQ(kept["rows"], 20);
}

TEST(KeepReference, KeepsTheCellsOfAModelThatAnswersTheTable) {
  const TemporaryFolder folder;
  Registry registry(folder.path());
  const Table table = scenario::rows(200, 1);
  const Model model = scenario::trained(table, 1);
  ModelVersion version{.facts = {{"reference", keep_reference(model, table, registry)}}};
  const auto profile = kept_profile(version, registry);
  ASSERT_TRUE(profile);
  EXPECT_EQ(profile->columns.size(), 5U);  // in.a, in.b, in.c, in.d, out.out.0
  EXPECT_EQ(profile->parts.front().rows, 200);
  for (const ColumnCounts& counts : profile->parts.front().columns) EXPECT_EQ(counts.values(), 200);
}

TEST(KeptReference, IsVerifiedWhenItIsRead) {
  const TemporaryFolder folder;
  Registry registry(folder.path());
  ModelVersion version{.facts = Json::object()};
  EXPECT_TRUE(kept_reference(version, registry).empty());
  version.facts["reference"] = keep_reference(scenario::rows(20, 1), registry);
  const std::filesystem::path file = kept_reference(version, registry).path();
  EXPECT_EQ(load_table(file).rows(), 20);
  write_file(file, "damaged");
  EXPECT_THROW(kept_reference(version, registry), Error);
}

}  // namespace
}  // namespace upkeep
