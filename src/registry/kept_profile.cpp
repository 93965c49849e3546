#include "registry/kept_profile.hpp"

#include "base/format.hpp"
#include "upkeep/error.hpp"

namespace upkeep {

// A profile's fingerprint is its digest, under which it is kept.
std::shared_ptr<const ReferenceProfile> kept_profile(const ModelVersion& version, const Registry& registry) {
  const auto kept = version.facts.find("reference");
  if (kept == version.facts.end() || !kept->contains("profile")) return nullptr;
  const std::string name = std::filesystem::path(kept->at("profile").get<std::string>()).filename().string();  // once a path
  const std::string digest = name.substr(0, name.find('.'));
  const ArtifactFile file = registry.artifact_file(digest);
  ReferenceProfile profile = load_reference_profile(file.path());
  if (profile.fingerprint != digest)
    throw Error(ErrorCode::kCorrupt, upkeep::format("{} is not what version {} was published with", file.path().string(), version.version),
                "its fingerprint differs");
  return std::make_shared<const ReferenceProfile>(std::move(profile));
}

}  // namespace upkeep
