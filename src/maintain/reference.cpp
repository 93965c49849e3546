#include "maintain/reference.hpp"

#include "base/files.hpp"
#include "base/format.hpp"
#include "base/progress.hpp"
#include "base/sha256.hpp"
#include "maintain/monitor/reference_cells.hpp"

namespace upkeep {

Json keep_reference(const Table& table, Registry& registry) {
  const TemporaryFolder scratch;
  save_table(table, scratch / "reference.parquet");
  return {{"sha256", registry.keep(read_file(scratch / "reference.parquet"))}, {"rows", table.rows()}};
}

Json keep_reference(const Model& model, const Table& table, Registry& registry) {
  Json kept = keep_reference(table, registry);
  try {
    const ReferenceProfile profile = profile_of_reference(model, table);
    const TemporaryFolder scratch;
    save_reference_profile(profile, scratch / "profile.json");
    kept["profile"] = registry.keep(read_file(scratch / "profile.json"));
  } catch (const std::exception& error) {
    note(upkeep::format("this version's log is kept without profiles: {}", error.what()));
  }
  return kept;
}

ArtifactFile kept_reference(const ModelVersion& version, const Registry& registry) {
  const auto kept = version.facts.find("reference");
  if (kept == version.facts.end()) return {};
  const auto digest = kept->at("sha256").get<std::string>();
  const ArtifactFile file = registry.artifact_file(digest);
  if (sha256_of_file(file.path()) != digest)
    throw Error(ErrorCode::kCorrupt, upkeep::format("{} is not what version {} was trained on", file.path().string(), version.version),
                "its SHA-256 differs");
  return file;
}

}  // namespace upkeep
