// The float model that a quantised one stands for:
//   DequantizeLinear(integers that are constant)     ==>   the floats that they stand for
//   x -> QuantizeLinear -> DequantizeLinear          ==>   x, cut where the integers end at 0 (Relu) or at 0 and 6 (Clip)
//   x -> QuantizeLinear -> Pad -> DequantizeLinear   ==>   x -> Pad
// For formats that hold floats only, and for whoever wants to edit or quantise a model anew. Rounded weights stay rounded.
// Not when: integers are computed with in another way (QLinearConv, DynamicQuantizeLinear).

#include <cmath>

#include "graph/wiring.hpp"
#include "optimize/rewrites/rewrite.hpp"
#include "runtime/session.hpp"

namespace upkeep::rewrites {

struct Dequantize {};

}  // namespace upkeep::rewrites

namespace upkeep {

using rewrites::Dequantize;

template <>
inline const Settings settings<Dequantize> =
    describe<Dequantize>("dequantize", "floats instead of the integers of QuantizeLinear and DequantizeLinear");

}  // namespace upkeep

namespace upkeep::rewrites {

namespace {

class Dequantizer {
 public:
  explicit Dequantizer(const Model& model) : model_(model), wiring_(model) {}

  std::size_t run() {
    std::size_t places = 0;
    for (const Wiring::Id id : wiring_.ids())
      if (wiring_.alive(id) && is_op(wiring_.node(id), "DequantizeLinear") && (weight(id) || activation(id) || padding(id))) ++places;
    return places;
  }
  Graph finish() const { return wiring_.finish(); }

 private:
  bool weight(Wiring::Id id) {
    const Node node = wiring_.node(id);
    if (!wiring_.constant(node.inputs[0])) return false;
    Model alone;
    alone.ir_version = model_.ir_version;
    alone.opsets = model_.opsets;
    alone.graph.name = "weight";
    alone.graph.nodes = {node};
    for (const std::string& name : node.inputs)
      if (!name.empty()) alone.graph.initializers.emplace_back(name, *wiring_.constant(name));
    alone.graph.outputs.push_back({node.outputs[0], {}, {}, {}});
    const Tensor floats = Session(alone, {.threads = 1}).run({}).begin()->second;
    return wiring_.bypass(id, wiring_.add_constant(node.outputs[0] + "/floats", floats));
  }

  std::optional<Node> maker(const std::string& value, const char* op) const {
    const auto from = wiring_.producer(value);
    return from && is_op(wiring_.node(*from), op) ? std::optional(wiring_.node(*from)) : std::nullopt;
  }

  bool activation(Wiring::Id id) {
    const auto quantizer = maker(wiring_.node(id).inputs[0], "QuantizeLinear");
    return quantizer && wiring_.bypass(id, cut(*quantizer));
  }

  // What is quantised, cut where the integers end.
  std::string cut(const Node& quantizer) {
    const std::string x = quantizer.inputs[0];
    const float end = upper_end(quantizer);
    if (end < 0 || !may_be_negative(x)) return x;
    if (const auto found = cuts_.find(quantizer.outputs[0]); found != cuts_.end()) return found->second;
    const bool six = std::abs(end - 6) < 1e-3F;
    Node node{
        .op = six ? "Clip" : "Relu", .domain = {}, .name = {}, .inputs = {x}, .outputs = {wiring_.fresh(x + "/cut")}, .attributes = {}};
    if (six) {
      node.inputs.push_back(wiring_.add_constant(x + "/zero", Tensor::scalar(0.0F)));
      node.inputs.push_back(wiring_.add_constant(x + "/six", Tensor::scalar(6.0F)));
    }
    const std::string result = node.outputs[0];
    wiring_.add(std::move(node), {});
    return cuts_[quantizer.outputs[0]] = result;
  }

  // What the largest integer stands for, where the lowest stands for 0; -1 where it does not.
  float upper_end(const Node& quantizer) const {
    const Tensor* zero = wiring_.constant(input(quantizer, 2));
    const Tensor* scale = wiring_.constant(quantizer.inputs[1]);
    if (!zero || !scale || zero->size() != 1) return -1;
    const auto at = zero->cast(DType::kInt64).data<std::int64_t>()[0];
    const bool low = (zero->dtype() == DType::kUInt8 && at == 0) || (zero->dtype() == DType::kInt8 && at == -128);
    return low ? 255 * scale->floats()[0] : -1;
  }

  bool may_be_negative(const std::string& value) const {
    static const std::set<std::string_view> kOps = {"Conv", "ConvTranspose", "Gemm", "MatMul", "Add", "Sub", "Mul", "BatchNormalization"};
    const auto from = wiring_.producer(value);
    return from && kOps.contains(wiring_.node(*from).op);
  }

  bool padding(Wiring::Id id) {
    const auto pad = maker(wiring_.node(id).inputs[0], "Pad");
    const auto quantizer = pad ? maker(pad->inputs[0], "QuantizeLinear") : std::nullopt;
    if (!quantizer) return false;
    const std::string x = cut(*quantizer);
    wiring_.change(id, [&](Node& node) {
      node.op = "Pad";
      node.inputs = {x, pad->inputs[1]};
      node.attributes = pad->attributes;
    });
    return true;
  }

  const Model& model_;
  Wiring wiring_;
  std::map<std::string, std::string> cuts_;  // by the QuantizeLinear's integers
};

std::size_t dequantize_model(Model& model, const Dequantize&, Change&) {
  Dequantizer dequantizer(model);
  const std::size_t places = dequantizer.run();
  if (places > 0) model.graph = dequantizer.finish();
  return places;
}

}  // namespace

void add_dequantize(RewriteCatalog& catalog) { catalog.add(entry<Dequantize>(dequantize_model)); }

}  // namespace upkeep::rewrites
