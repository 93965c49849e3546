// Publishing a model with what is known of it: its signature, how it was compiled, the table that it was trained on.
#pragma once

#include <filesystem>
#include <string>

#include "registry/registry.hpp"

namespace upkeep::operate {

struct Publication {
  std::string name;
  std::filesystem::path reference;  // empty: none
  std::string alias;                // empty: none
  std::string description;
  Attribution change;
};

// Makes the registry where there is none. Throws Error where the reference contradicts what the model reads; nothing is then
// published or made.
ModelVersion publish_model(const RegistryAddress& address, Model model, const Publication& what);
ModelVersion publish_model(upkeep::Registry& registry, Model model, const Publication& what);

}  // namespace upkeep::operate
