#include "registry/kept_profile.hpp"

#include <gtest/gtest.h>

#include "base/files.hpp"
#include "upkeep/error.hpp"

namespace upkeep {
namespace {

TEST(KeptProfile, IsTheOneThatTheVersionWasPublishedWith) {
  const TemporaryFolder folder;
  EXPECT_EQ(kept_profile({.model = "m", .version = 1}, folder.path()), nullptr);
  const std::vector<ColumnCells> columns = {{.column = "in.a", .edges = {1, 2}}};
  const ReferenceProfile profile = reference_profile(columns, {{.name = "all", .rows = 1, .columns = {{.cells = {0, 1, 0}}}}});
  const std::string name = profile.fingerprint + ".profile.json";
  save_reference_profile(profile, folder / name);
  ModelVersion version{.model = "m", .version = 1};
  version.facts = {{"reference", {{"profile", name}}}};
  EXPECT_EQ(kept_profile(version, folder.path())->fingerprint, profile.fingerprint);
  save_reference_profile(reference_profile({{.column = "in.b", .edges = {1, 2}}}, profile.parts), folder / name);
  EXPECT_THROW(kept_profile(version, folder.path()), Error);
}

}  // namespace
}  // namespace upkeep
