#include "maintain/reference.hpp"

#include "base/files.hpp"
#include "base/format.hpp"
#include "base/progress.hpp"
#include "base/sha256.hpp"
#include "maintain/monitor/reference_cells.hpp"

namespace upkeep {

namespace fs = std::filesystem;

Json keep_reference(const Table& table, const fs::path& registry) {
  const TemporaryFolder scratch;
  save_table(table, scratch / "reference.parquet");
  const std::string bytes = read_file(scratch / "reference.parquet");
  const std::string digest = sha256(bytes);
  const std::string path = upkeep::format("references/{}.parquet", digest);
  fs::create_directories(registry / "references");
  write_file(registry / path, bytes);
  return {{"path", path}, {"sha256", digest}, {"rows", table.rows()}};
}

Json keep_reference(const Model& model, const Table& table, const fs::path& registry) {
  Json kept = keep_reference(table, registry);
  try {
    const ReferenceProfile profile = profile_of_reference(model, table);
    const std::string path = upkeep::format("references/{}.profile.json", profile.fingerprint);
    save_reference_profile(profile, registry / path);
    kept["profile"] = path;
  } catch (const std::exception& error) {
    note(upkeep::format("this version's log is kept without profiles: {}", error.what()));
  }
  return kept;
}

fs::path kept_reference(const ModelVersion& version, const Registry& registry) {
  const auto kept = version.facts.find("reference");
  if (kept == version.facts.end()) return {};
  const fs::path file = registry.folder() / kept->at("path").get<std::string>();
  if (sha256_of_file(file) != kept->at("sha256").get<std::string>())
    throw Error(ErrorCode::kCorrupt, upkeep::format("{} is not what version {} was trained on", file.string(), version.version),
                "its SHA-256 differs");
  return file;
}

}  // namespace upkeep
