#include "optimize/quantize/shared/training.hpp"

#include "base/format.hpp"
#include "graph/notes.hpp"
#include "optimize/quantize/quantize.hpp"
#include "optimize/quantize/shared/integers.hpp"
#include "optimize/quantize/shared/plan.hpp"
#include "optimize/quantize/shared/prepare.hpp"
#include "optimize/quantize/shared/qdq.hpp"

namespace upkeep::quantization {

namespace {

bool has_weights(const Node& node) {
  return is_op(node, "Conv") || is_op(node, "Gemm") || is_op(node, "MatMul") || is_op(node, "ConvTranspose");
}

class Opener {
 public:
  explicit Opener(const Model& model) : wiring_(model) {}

  std::size_t run() {
    std::size_t opened = 0;
    for (const Wiring::Id id : wiring_.ids()) {
      if (!has_weights(wiring_.node(id))) continue;
      const auto weight = dequantizer(input(wiring_.node(id), 1));
      if (!weight || !(open_weight(*weight) || done_.contains(*weight))) continue;
      done_.insert(*weight);
      open_bias(id);
      ++opened;
    }
    return opened;
  }
  Graph finish() const { return wiring_.finish(); }

 private:
  std::optional<Wiring::Id> dequantizer(const std::string& value) const {
    const auto from = value.empty() ? std::nullopt : wiring_.producer(value);
    return from && is_op(wiring_.node(*from), "DequantizeLinear") ? from : std::nullopt;
  }

  bool open_weight(Wiring::Id id) {
    const Node node = wiring_.node(id);
    const auto integers = constant_integers(wiring_, node);
    const DType dtype = integers ? integers->values.dtype() : DType::kFloat32;
    if (dtype != DType::kInt8 && dtype != DType::kUInt8) return false;
    std::string zero = input(node, 2);
    if (zero.empty())
      zero = wiring_.add_constant(node.inputs[0] + "/zero_point",
                                  integer_tensor(dtype, wiring_.constant(node.inputs[1])->shape(), integers->zero_points));
    const std::string floats = wiring_.add_constant(node.inputs[0] + "/floats", dequantized(*integers));
    const WeightRounding rounded = add_weight_rounding(wiring_, {floats, node.inputs[1], zero}, integers->axis, bits_for(integers->values));
    wiring_.change(id, [&](Node& changed) { changed.inputs = {rounded.integers, changed.inputs[1], rounded.zero_point}; });
    return true;
  }

  void open_bias(Wiring::Id id) {
    const auto from = dequantizer(input(wiring_.node(id), 2));
    if (!from) return;
    const auto integers = constant_integers(wiring_, wiring_.node(*from));
    if (!integers || integers->values.dtype() != DType::kInt32) return;
    const std::string floats = wiring_.add_constant(wiring_.node(*from).inputs[0] + "/floats", dequantized(*integers));
    wiring_.change(id, [&](Node& changed) { changed.inputs[2] = floats; });
  }

  Wiring wiring_;
  std::set<Wiring::Id> done_;
};

}  // namespace

std::optional<Model> opened(const Model& model) {
  Opener opener(model);
  if (opener.run() == 0) return std::nullopt;
  Model made = model;
  made.graph = opener.finish();
  made.training_tensors.clear();
  return made;
}

Model closed(Model model) {
  const std::string* found = find(model.metadata, kQuantizedKey);
  const std::optional<std::string> record = found ? std::optional(*found) : std::nullopt;
  quantize(model, {"finish", Json::object()}, {});
  if (record) set(model.metadata, kQuantizedKey, *record);
  return model;
}

bool has_integers(const Graph& graph) {
  try {
    refuse_quantized(graph);
  } catch (const Error&) {
    return true;
  }
  return false;
}

}  // namespace upkeep::quantization
