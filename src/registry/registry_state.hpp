// What the parts of Registry share: registry.cpp reads, changes.cpp writes, contents.cpp verifies, exports and imports.
#pragma once

#include <set>

#include "registry/artifacts/artifacts.hpp"
#include "registry/fold.hpp"
#include "registry/registry.hpp"
#include "registry/stores/store.hpp"

namespace upkeep {

struct Registry::State {
  State(const RegistryAddress& address, stores::Opening opening, const Clock& clock);

  const Clock& clock;
  std::unique_ptr<stores::Store> store;
  std::unique_ptr<artifacts::Artifacts> artifacts;

  ModelState fold_of(const std::string& model) const { return fold(store->events({.model = model})); }
  std::size_t sweep(std::chrono::seconds grace) const;  // collect(), under the store's lock
};

// Of its model's file and of what its facts say is kept beside it.
std::vector<std::string> artifacts_of(const ModelVersion& version);
// The file of a registry that kept references beside its artefacts; empty: there is none.
std::filesystem::path old_reference(const std::optional<std::filesystem::path>& folder, const std::string& digest);

}  // namespace upkeep
