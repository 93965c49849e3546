// Quantisation: a float model becomes one that computes, or at least keeps its weights, in integers. A method works on any ONNX graph; what
// comes out runs in stock ONNX Runtime.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/catalog.hpp"
#include "optimize/acceptance.hpp"
#include "optimize/pass.hpp"
#include "optimize/quantize/shared/fidelity.hpp"
#include "upkeep/tensor.hpp"

namespace upkeep {

// What some layers have otherwise than the method's settings say; 0: as these say.
struct LayerBits {
  std::string pattern;  // names or patterns of nodes or weights, or an operator
  int weight_bits = 0;
  int activation_bits = 0;
};
// "conv*:weight_bits=4,activation_bits=16". Throws Error{kInvalidArgument}: a setting that there is not, or none.
LayerBits parse_layer_bits(std::string_view text);

struct QuantizeContext {
  Tensors rows;                           // that calibrate and judge, by input name; axis 0 is the row; empty: there are none
  std::vector<std::int64_t> row_numbers;  // in the table, from 1, for messages; empty: 1, 2, ...
  std::vector<std::string> keep_float;    // layers that stay as they are: names or patterns of nodes or weights, or an operator
  std::vector<LayerBits> layers = {};     // where several mean a layer, the last one counts
  int threads = 0;                        // of the runtime; 0: one per core
  bool sensitivity = false;               // measure the error that each layer makes alone
};

}  // namespace upkeep

namespace upkeep::quantization {

// A layer that has weights, and what becomes of it.
struct QuantizedLayer {
  std::string name;
  std::string op;
  std::string weight;
  std::string type;          // "int8"; "float32" where it stays
  std::string kept_because;  // where it stays
  int bits = 0;              // of each weight, where these are fewer than the type has
};

// What a method made ready: it can write the model with all of its layers quantised, or with some.
class Quantizer {
 public:
  virtual ~Quantizer() = default;
  virtual std::vector<QuantizedLayer> layers() const = 0;
  // The graph with these layers quantised, of those that do not stay.
  virtual Graph written(const std::set<std::string>& layers) const = 0;
  // Operator sets that the graph needs beside ONNX's own.
  virtual std::map<std::string, std::int64_t> other_opsets() const { return {}; }
};

// What a method works on.
struct Work {
  const Model& model;  // constants and normalisations are folded; in the operator set that the method asked for
  const QuantizeContext& context;
  const Fidelity& fidelity;
  Change& change;  // notes and facts of the method's own
};

struct MethodEntry {
  std::string name;  // "static"
  std::string help;
  Settings settings;
  bool needs_rows = false;
  bool of_float_models = true;                              // false: the method goes on from a model that is quantised already
  std::vector<std::string> by_layer = {};                   // settings of LayerBits that it knows
  std::function<std::int64_t(const Json& settings)> opset;  // the oldest operator set that can say the result
  std::function<std::unique_ptr<Quantizer>(const Work& work, const Json& settings)> prepare;
};
using MethodCatalog = Catalog<MethodEntry>;
const MethodCatalog& catalog();

}  // namespace upkeep::quantization

namespace upkeep {

// Quantises in place: whole or, on an Error, not at all. The layer view and the optimiser's state are dropped.
// facts: {"method", "settings", "opset", "rows", "layers": [{"layer", "op", "weight", "type", "bits", "kept", "sqnr"}],
//         "sqnr": {OUTPUT: dB}, "sqnr_rows": on how many rows, "weight_bytes_before", "weight_bytes", "integer_operators": {"QLinearConv":
//         3, ...}, "float_operators", "conversions", "fell_back", "reverted": [LAYER]} and what the method adds. A layer's "sqnr" is that
//         of the answers when only it is quantised; its "bits" are there where a weight has fewer than its type.
// Throws Error: a model that is quantised already, that has no layer to quantise, rows that are missing or hold NaN.
Change quantize(Model& model, const NamedSettings& method, const QuantizeContext& context);

// The same, judged. While the result is not accepted, layers go back to floats: those first whose own error is largest. The model is not to
// be used unless the verdict is accepted.
struct QuantizedAndJudged {
  Accepted made;
  Change change;
};
QuantizedAndJudged quantize_judged(const Model& model, const NamedSettings& method, const QuantizeContext& context, const Judge& judge);

}  // namespace upkeep
