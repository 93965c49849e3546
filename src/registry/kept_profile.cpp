#include "registry/kept_profile.hpp"

#include "base/format.hpp"
#include "upkeep/error.hpp"

namespace upkeep {

std::shared_ptr<const ReferenceProfile> kept_profile(const ModelVersion& version, const std::filesystem::path& registry) {
  const auto kept = version.facts.find("reference");
  if (kept == version.facts.end() || !kept->contains("profile")) return nullptr;
  const std::filesystem::path file = registry / kept->at("profile").get<std::string>();
  ReferenceProfile profile = load_reference_profile(file);
  if (file.filename().string() != profile.fingerprint + ".profile.json")
    throw Error(ErrorCode::kCorrupt, upkeep::format("{} is not what version {} was published with", file.string(), version.version),
                "its fingerprint differs");
  return std::make_shared<const ReferenceProfile>(std::move(profile));
}

}  // namespace upkeep
