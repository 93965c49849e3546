// The cells of a version's reference, which its registry keeps as an artefact.
#pragma once

#include <memory>

#include "log/profile.hpp"
#include "registry/registry.hpp"

namespace upkeep {

// Null when the version keeps none. Throws Error{kCorrupt} when they are damaged.
std::shared_ptr<const ReferenceProfile> kept_profile(const ModelVersion& version, const Registry& registry);

}  // namespace upkeep
