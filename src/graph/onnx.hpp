// ONNX protobuf in and out without loss, ONNX text in and out, verification and shape inference. The only folder that sees libonnx.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "graph/graph.hpp"

namespace upkeep {

// What a file from outside may ask for. Checked before memory is spent on it.
struct ModelLimits {
  std::size_t file_bytes = std::size_t{2} << 30;  // protobuf's own limit
  std::size_t external_bytes = std::size_t{16} << 30;
  int graph_depth = 4;  // nested If, Loop, Scan; load time doubles with each level
  int protobuf_depth = 100;
  std::size_t nodes = 1'000'000;
  std::size_t rank = 16;
};

// The bytes of one ONNX file. Refuses external data (there is no folder to look in).
// Throws Error{kCorrupt}: not a model, a tensor whose bytes do not fit its shape, ...; {kResourceExhausted}: beyond a limit.
Model model_from_bytes(std::string_view bytes, const ModelLimits& limits = {});
std::string model_to_bytes(const Model& model);

// The same, but initializers of at least `bytes_each` bytes come beside it, for a runtime that reads them where they are. The message says
// that they lie in an external file, which does not exist. Initializers that nothing reads are left out: ONNX Runtime drops them before it
// looks at what it is handed, and then refuses them.
struct ModelWithoutWeights {
  std::string bytes;
  std::vector<std::pair<std::string, Tensor>> weights;
};
ModelWithoutWeights model_without_weights(const Model& model, std::size_t bytes_each);

// A file, and its external data inside its own folder: `../`, absolute paths, symbolic links and files with several hard links are refused.
// Afterwards everything is in memory, and nothing refers to the file.
Model load_onnx(const std::filesystem::path& file, const ModelLimits& limits = {});
// When weights lie beside the model instead of in it.
struct ExternalData {
  std::size_t beyond_bytes = 1'900'000'000;  // of all weights together; protobuf ends at 2 GiB
  std::size_t bytes_each = 1024;             // smaller ones stay in the model: shapes, axes, scales
};

// Written whole or not at all. External weights go to FILE.HASH.data beside it (HASH: 16 digits of their SHA-256), at multiples of a page
// or, from 1 MiB on, of 64 KiB, so that runtimes can map them; data files of an earlier model under this name are then removed. Returns the
// name of the data file, "" where there is none.
std::string save_onnx(const Model& model, const std::filesystem::path& file, const ExternalData& external = {});
// Removes data files of earlier models under this name, but `keep`.
void remove_old_data(const std::filesystem::path& file, const std::string& keep);

// ONNX text (the language of onnx.parser). Small tensors in full; one that text cannot hold is an Error{kUnsupported}.
Model model_from_text(std::string_view text);
std::string model_to_text(const Model& model);

// SSA, order, names, attributes, operator schemas. Throws Error{kCorrupt} with node and value.
void verify(const Model& model);

// Fills graph.values (and missing output shapes) by libonnx's inference, with data propagation. Strict: a contradiction is an Error.
void infer_shapes(Model& model);

// An operator of ai.onnx ("") or ai.onnx.ml that is not deprecated.
struct OperatorInfo {
  std::string domain;
  std::string name;
  std::vector<int> versions;  // operator sets that changed it, ascending
  bool floats;                // float32 can go in and come out: a gradient can pass
  bool is_function;           // ONNX defines it by others
};
std::vector<OperatorInfo> standard_operators();  // by domain and name

// Whether ONNX lets this input or output of the node be of the type. False where the operator is not known.
enum class Side { kInput, kOutput };
bool takes_type(const Model& model, const Node& node, Side side, std::size_t index, DType dtype);

// What a call of a function stands for: of one of the model's own, or of an operator that ONNX defines by others. The graph's inputs and
// outputs are those of `node`, under their names; names in between are not those of the model. nullopt for all other operators.
std::optional<Graph> function_body(const Model& model, const Node& node, const std::vector<ValueType>& inputs);
bool is_own_function(const Model& model, const Node& node);  // one of model.functions

}  // namespace upkeep
