// ONNX: what everything here is, so nothing is lost either way.

#include "graph/onnx.hpp"
#include "convert/formats/format.hpp"

namespace upkeep::formats {

namespace {

// A ModelProto starts with its first field, ir_version: tag 8, then a small number.
bool looks_like_onnx(std::string_view head) { return head.size() > 2 && head[0] == 8 && head[1] > 0 && head[1] < 100; }

}  // namespace

void add_onnx(FormatCatalog& catalog) {
  catalog.add({.name = "onnx",
               .aliases = {},
               .extensions = {".onnx"},
               .help = "ONNX, with layers, compile settings and optimiser state in its metadata",
               .settings = {},
               .sniff = looks_like_onnx,
               .load = [](const std::filesystem::path& file) { return load_onnx(file); },
               .save = [](const Model& model, const std::filesystem::path& file) { save_onnx(model, file); }});
}

}  // namespace upkeep::formats
