// Formats: files that hold models. Input is untrusted: limits before allocation, no code execution, no path leaves the file.
#pragma once

#include <concepts>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/catalog.hpp"
#include "base/files.hpp"
#include "graph/graph.hpp"
#include "layers/onnx_graph.hpp"
#include "layers/view/architecture.hpp"
#include "runtime/session.hpp"

namespace upkeep::formats {

// Writes a model under the format's settings. A format that has none leaves the last argument out.
class Save {
 public:
  Save() = default;
  Save(std::nullptr_t) {}  // NOLINT: absent
  template <typename F>
    requires(!std::same_as<std::remove_cvref_t<F>, Save>)
  Save(F write) {  // NOLINT: a function is a way to save
    if constexpr (std::invocable<F, const Model&, const std::filesystem::path&, const Json&>) write_ = std::move(write);
    else write_ = [write](const Model& model, const std::filesystem::path& file, const Json&) { write(model, file); };
  }
  explicit operator bool() const { return static_cast<bool>(write_); }
  void operator()(const Model& model, const std::filesystem::path& file, const Json& settings) const { write_(model, file, settings); }

 private:
  std::function<void(const Model&, const std::filesystem::path&, const Json&)> write_;
};

// Reads a model. Formats of layers that may be somebody's own take what stands for these; the others leave it out, and refuse it.
class Load {
 public:
  Load() = default;
  Load(std::nullptr_t) {}  // NOLINT: absent
  template <typename F>
    requires(!std::same_as<std::remove_cvref_t<F>, Load>)
  Load(F read) {  // NOLINT: a function is a way to load
    if constexpr (std::invocable<F, const std::filesystem::path&, const layers::StandIns&>) read_ = std::move(read);
    else read_ = [read](const std::filesystem::path& file, const layers::StandIns& stand_ins) { return refuse(stand_ins), read(file); };
  }
  explicit operator bool() const { return static_cast<bool>(read_); }
  Model operator()(const std::filesystem::path& file, const layers::StandIns& stand_ins = {}) const { return read_(file, stand_ins); }

 private:
  static void refuse(const layers::StandIns& stand_ins);
  std::function<Model(const std::filesystem::path&, const layers::StandIns&)> read_;
};

struct FormatEntry {
  std::string name;  // "keras-h5"
  std::vector<std::string> aliases = {};
  std::vector<std::string> extensions;  // ".h5"
  std::string help;
  Settings settings = {};
  std::function<bool(std::string_view head)> sniff;  // the file's first 512 bytes
  std::string folder_mark = {};                      // a folder with this file in it is in this format
  bool of_layers = false;                            // it holds layers with weights of floats, or these alone, not a graph
  // With compile settings and optimiser slots where the file has them. Absent: the format is written only, or holds weights alone.
  Load load = nullptr;
  Save save = nullptr;  // whole or not at all; absent: read only
  // Weights alone, for a model seen as layers, in the order of weight_specs() and each of the shape that it has there. Throws Error naming
  // the weight: one that is missing, that the model does not have, or that has another shape. Nothing is read of what does not fit.
  std::function<Weights(const std::filesystem::path&, const LayeredModel& layered)> load_weights = nullptr;
  // What a file that holds no graph, and was written from `model`, answers. nullopt where nothing is there that could run it.
  std::function<std::optional<Tensors>(const std::filesystem::path& file, const Model& model, const Tensors& inputs)> run = nullptr;
};
using FormatCatalog = Catalog<FormatEntry>;
const FormatCatalog& catalog();

}  // namespace upkeep::formats

namespace upkeep {

// By content first, then extension. Also reads an architecture (our YAML, Keras's model.to_json()): fresh weights from `seed`.
// Throws Error with the file as context; an unknown format lists the known ones.
Model load_model(const std::filesystem::path& file, std::uint64_t seed = 0, const layers::StandIns& stand_ins = {});
// The layers in a file of our own form (YAML or JSON), which holds no weights; nullopt of any other file. Throws as load_model() does.
std::optional<Architecture> load_architecture(const std::filesystem::path& file);
// As the named format with its settings ("onnx", {"opset": 13}); without a name, by extension. Never leaves half a file.
void save_model(const Model& model, const std::filesystem::path& file, const NamedSettings& as = {});
// The format of a file to write. Throws Error{kUnsupported} with those that there are.
const formats::FormatEntry& format_to_write(const std::filesystem::path& file, const NamedSettings& as = {});
// The model with the weights of a file (.npz, .safetensors, .weights.h5, ...) in place of its own, seen as layers; the optimiser's state is
// dropped with the old ones. Throws Error with the file as context.
Model with_weights(const Model& model, const std::filesystem::path& file);

// A model that is written beside `file`, under its name in a hidden folder, to be looked at before it takes the place.
class StagedModel {
 public:
  StagedModel(const Model& model, std::filesystem::path file, const NamedSettings& as);
  std::filesystem::path path() const { return folder_.path(); }
  Error of_file(const Error& error) const;  // what went wrong with the staged file, said of the file that the user named
  void publish();                           // with the files that belong to it; those of an earlier model under this name go

 private:
  std::filesystem::path file_;
  StagedFolder folder_;
};

}  // namespace upkeep
