// ONNX text, the language of onnx.parser: for reading, for review and for tests.

#include "base/files.hpp"
#include "base/names.hpp"
#include "base/progress.hpp"
#include "convert/formats/format.hpp"
#include "graph/onnx.hpp"
#include "runtime/plain_form.hpp"

namespace upkeep::formats {

namespace {

constexpr std::size_t kLimitBytes = std::size_t{256} << 20;

bool looks_like_onnx_text(std::string_view head) {
  return trim(head).starts_with('<') && head.contains("ir_version") && head.contains("opset_import");
}

Model load_text(const std::filesystem::path& file) {
  Model model = model_from_text(read_file(file, kLimitBytes));
  to_plain_form(model);
  return model;
}

// Text has no place for the optimiser's slots; whoever trains on from it starts them anew.
void save_text(const Model& model, const std::filesystem::path& file) {
  if (!model.training_tensors.empty()) note("ONNX text does not hold the optimiser's state; it was left out");
  Model written = model;
  written.training_tensors.clear();
  to_file_form(written);
  write_file(file, model_to_text(written));
}

}  // namespace

void add_onnx_text(FormatCatalog& catalog) {
  catalog.add({.name = "onnx-text",
               .aliases = {},
               .extensions = {".onnxtxt"},
               .help = "ONNX as text, for models with small weights",
               .settings = {},
               .sniff = looks_like_onnx_text,
               .load = load_text,
               .save = save_text});
}

}  // namespace upkeep::formats
