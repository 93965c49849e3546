// ONNX text, the language of onnx.parser: for reading, for review and for tests.

#include "base/files.hpp"
#include "base/names.hpp"
#include "convert/formats/format.hpp"
#include "graph/onnx.hpp"

namespace upkeep::formats {

namespace {

constexpr std::size_t kLimitBytes = std::size_t{256} << 20;

bool looks_like_onnx_text(std::string_view head) {
  return trim(head).starts_with('<') && head.contains("ir_version") && head.contains("opset_import");
}

Model load(const std::filesystem::path& file) { return model_from_text(read_file(file, kLimitBytes)); }

void save(const Model& model, const std::filesystem::path& file) { write_file(file, model_to_text(model)); }

}  // namespace

void add_onnx_text(FormatCatalog& catalog) {
  catalog.add({.name = "onnx-text",
               .aliases = {},
               .extensions = {".onnxtxt"},
               .help = "ONNX as text, for models with small weights",
               .settings = {},
               .sniff = looks_like_onnx_text,
               .load = load,
               .save = save});
}

}  // namespace upkeep::formats
