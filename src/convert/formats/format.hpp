// Formats: files that hold models. Input is untrusted: limits before allocation, no code execution, no path leaves the file.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/catalog.hpp"
#include "graph/graph.hpp"

namespace upkeep::formats {

struct FormatEntry {
  std::string name;  // "keras-h5"
  std::vector<std::string> aliases = {};
  std::vector<std::string> extensions;  // ".h5"
  std::string help;
  Settings settings = {};
  std::function<bool(std::string_view head)> sniff;         // the file's first 512 bytes
  std::string folder_mark = {};                             // a folder with this file in it is in this format
  std::function<Model(const std::filesystem::path&)> load;  // with compile settings and optimiser slots where the file has them
  std::function<void(const Model&, const std::filesystem::path&)> save;  // whole or not at all; absent: read only
};
using FormatCatalog = Catalog<FormatEntry>;
const FormatCatalog& catalog();

}  // namespace upkeep::formats

namespace upkeep {

// By content first, then extension. Also reads an architecture (our YAML, Keras's model.to_json()): fresh weights from `seed`.
// Throws Error with the file as context; an unknown format lists the known ones.
Model load_model(const std::filesystem::path& file, std::uint64_t seed = 0);
// By extension. Never leaves half a file.
void save_model(const Model& model, const std::filesystem::path& file);

}  // namespace upkeep
