// Formats: files that hold models. Input is untrusted: limits before allocation, no code execution, no path leaves the file.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/catalog.hpp"
#include "graph/graph.hpp"
#include "layers/architecture.hpp"

namespace upkeep::formats {

struct FormatEntry {
  std::string name;  // "keras-h5"
  std::vector<std::string> aliases = {};
  std::vector<std::string> extensions;  // ".h5"
  std::string help;
  Settings settings = {};
  std::function<bool(std::string_view head)> sniff;  // the file's first 512 bytes
  std::function<Model(const std::filesystem::path&)>
      load;  // with compile settings and optimiser slots where the file has them; absent: write only
  std::function<void(const Model&, const std::filesystem::path&)> save;  // whole or not at all; absent: read only
  // Weights alone, in the order of weight_specs(), each of the shape that it has there. Throws Error naming the weight: one that is
  // missing, that the architecture does not have, or that has another shape. Nothing is read of what does not fit.
  std::function<Weights(const std::filesystem::path&, const Architecture&)> load_weights = nullptr;
  // Of a format that is write only: what the file, written from `model`, answers. nullopt where nothing is there that could run it.
  std::function<std::optional<Tensors>(const std::filesystem::path& file, const Model& model, const Tensors& inputs)> run = nullptr;
};
using FormatCatalog = Catalog<FormatEntry>;
const FormatCatalog& catalog();

}  // namespace upkeep::formats

namespace upkeep {

// By content first, then extension. Also reads an architecture (our YAML, Keras's model.to_json()): fresh weights from `seed`.
// Throws Error with the file as context; an unknown format lists the known ones.
Model load_model(const std::filesystem::path& file, std::uint64_t seed = 0);
// The model with the weights of a file (.npz, .safetensors, ...) in place of its own, seen as layers; the optimiser's state is dropped with
// the old ones. Throws Error with the file as context.
Model with_weights(const Model& model, const std::filesystem::path& file);
// The format of a file to write, by its extension. Throws Error{kUnsupported} with those that there are.
const formats::FormatEntry& format_to_write(const std::filesystem::path& file);
// By extension. Never leaves half a file.
void save_model(const Model& model, const std::filesystem::path& file);

}  // namespace upkeep
