#include "registry/kept_profile.hpp"

#include <gtest/gtest.h>

#include "base/files.hpp"
#include "upkeep/error.hpp"

namespace upkeep {
namespace {

TEST(KeptProfile, IsTheOneThatTheVersionWasPublishedWith) {
  const TemporaryFolder folder;
  Registry registry(folder.path());
  EXPECT_EQ(kept_profile({.model = "m", .version = 1}, registry), nullptr);
  const std::vector<ColumnCells> columns = {{.column = "in.a", .edges = {1, 2}}};
  const ReferenceProfile profile = reference_profile(columns, {{.name = "all", .rows = 1, .columns = {{.cells = {0, 1, 0}}}}});
  save_reference_profile(profile, folder / "profile.json");
  const std::string digest = registry.keep(read_file(folder / "profile.json"));
  ModelVersion version{.model = "m", .version = 1};
  version.facts = {{"reference", {{"profile", digest}}}};
  EXPECT_EQ(kept_profile(version, registry)->fingerprint, profile.fingerprint);
  save_reference_profile(reference_profile({{.column = "in.b", .edges = {1, 2}}}, profile.parts), registry.artifact_file(digest).path());
  EXPECT_THROW(kept_profile(version, registry), Error);
}

// Once references were files beside the artefacts.
TEST(KeptProfile, IsFoundInRegistriesOfBefore) {
  const TemporaryFolder folder;
  const Registry registry(folder.path());
  const ReferenceProfile profile =
      reference_profile({{.column = "in.a", .edges = {1, 2}}}, {{.name = "all", .rows = 1, .columns = {{.cells = {0, 1, 0}}}}});
  const std::string name = "references/" + profile.fingerprint + ".profile.json";
  std::filesystem::create_directory(folder / "references");
  save_reference_profile(profile, folder / name);
  ModelVersion version{.model = "m", .version = 1};
  version.facts = {{"reference", {{"profile", name}}}};
  EXPECT_EQ(kept_profile(version, registry)->fingerprint, profile.fingerprint);
}

}  // namespace
}  // namespace upkeep
