// ONNX: what everything here is, so nothing is lost either way but weights that nothing reads. Constant nodes that hold weights become
// initializers (runtime/plain_form.hpp).

#include "graph/onnx.hpp"
#include "base/format.hpp"
#include "base/progress.hpp"
#include "convert/contained.hpp"
#include "convert/formats/format.hpp"
#include "graph/opset.hpp"
#include "graph/subgraph.hpp"
#include "layers/view/architecture.hpp"
#include "runtime/plain_form.hpp"

namespace upkeep::formats {

struct Onnx {
  std::optional<std::int64_t> opset;
  std::optional<std::int64_t> ir_version;
  bool external_data = false;
  std::int64_t external_bytes = 1024;
};

}  // namespace upkeep::formats

namespace upkeep {

using formats::Onnx;

template <>
inline const Settings settings<Onnx> = describe<Onnx>(
    "onnx", "ONNX, with layers, compile settings and optimiser state in its metadata",
    field("opset", &Onnx::opset, "operator set of ai.onnx to write the model in (default: as it is)", range(kOldestOpset, kNewestOpset)),
    field("ir_version", &Onnx::ir_version, "version of the file format to declare (default: as it is)", range(4, 10)),
    field("external_data", &Onnx::external_data, "put the weights into a file beside the model; beyond 1.9 GB they go there by themselves"),
    field("external_bytes", &Onnx::external_bytes, "smaller weights stay in the model", range(0, 1e12), "bytes"));

}  // namespace upkeep

namespace upkeep::formats {

namespace {

// A ModelProto starts with its first field, ir_version: tag 8, then a small number.
bool looks_like_onnx(std::string_view head) { return head.size() > 2 && head[0] == 8 && head[1] > 0 && head[1] < 100; }

// ONNX Runtime warns of weights that nothing reads. Layers may have some that no output depends on, and parts of the file that are only
// handed on (quantisation, training by others) may read some.
bool is_known_whole(const Model& model) { return !find(model.metadata, kLayersKey) && model.opaque.empty() && model.graph.opaque.empty(); }

// ONNX's library infers types and writes functions out, of a file from outside: it does so in a child process first, where a fault of its
// code is an error.
void change_opset(Model& model, std::int64_t version) {
  const Containment limits{.processor_time = std::chrono::minutes(10), .work = "writing it in another operator set"};
  run_contained([&](ContainedOutput&) { set_opset(model, version); }, limits);
  set_opset(model, version);
}

Model load_plain(const std::filesystem::path& file) {
  Model model = load_onnx(file);
  to_plain_form(model);
  return model;
}

void save_as(const Model& model, const std::filesystem::path& file, const Json& values) {
  const Onnx options = parse<Onnx>(values);
  Model written = model;
  if (options.opset) change_opset(written, *options.opset);
  if (is_known_whole(model)) drop_unread_initializers(written.graph);
  to_file_form(written);
  if (options.ir_version) set_ir_version(written, *options.ir_version);
  ExternalData external{.bytes_each = static_cast<std::size_t>(options.external_bytes)};
  if (options.external_data) external.beyond_bytes = 0;
  const std::string data = save_onnx(written, file, external);
  if (!data.empty() && !options.external_data) note(upkeep::format("the weights are in {}: one file cannot hold more than 2 GiB", data));
}

}  // namespace

void add_onnx(FormatCatalog& catalog) {
  const Settings& about = settings<Onnx>;
  catalog.add({.name = about.name(),
               .aliases = {},
               .extensions = {".onnx"},
               .help = about.help(),
               .settings = about,
               .sniff = looks_like_onnx,
               .load = load_plain,
               .save = save_as});
}

}  // namespace upkeep::formats
