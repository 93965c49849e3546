#include "analyze/conversions.hpp"

#include "base/format.hpp"
#include "optimize/quantize/shared/qdq.hpp"

namespace upkeep {

namespace {

using quantization::QuantizedWeight;

Conversion of_constant(const std::string& name, const QuantizedWeight& integers) {
  std::string how = to_string(integers.values.dtype());
  if (integers.values.dtype() == DType::kInt8 || integers.values.dtype() == DType::kUInt8)
    how += upkeep::format(" of {} bits", quantization::bits_for(integers.values));
  how += integers.scales.size() == 1 ? ", one scale" : upkeep::format(", {} scales", integers.scales.size());
  return {.source = name, .floats = quantization::dequantized(integers), .how = std::move(how)};
}

std::optional<Conversion> of_activation(const Wiring& wiring, const Node& quantizer) {
  const Tensor* scale = wiring.constant(quantizer.inputs[1]);
  const Tensor* zero = wiring.constant(input(quantizer, 2));
  if (!scale || scale->dtype() != DType::kFloat32 || scale->size() != 1 || !zero || zero->size() != 1) return std::nullopt;
  const quantization::IntegerRange range = quantization::range_of(zero->dtype());
  const std::int64_t middle = zero->cast(DType::kInt64).data<std::int64_t>()[0];
  const float step = scale->floats()[0];
  return Conversion{.source = quantizer.inputs[0],
                    .floats = {},
                    .how = upkeep::format("{} in [{:.4g}, {:.4g}]", to_string(zero->dtype()), step * static_cast<float>(range.low - middle),
                                          step * static_cast<float>(range.high - middle))};
}

}  // namespace

Conversions::Conversions(const Model& model) {
  const bool any = std::ranges::any_of(model.graph.nodes, [](const Node& node) { return node.op == "DequantizeLinear"; });
  if (!any) return;
  const Wiring wiring(model);
  for (const Wiring::Id id : wiring.ids()) {
    const Node& node = wiring.node(id);
    if (!is_op(node, "DequantizeLinear") || wiring.is_output(node.outputs[0])) continue;
    if (const auto integers = quantization::constant_integers(wiring, node)) {
      by_value_.emplace(node.outputs[0], of_constant(node.inputs[0], *integers));
      hidden_.insert(node.outputs[0]);
      continue;
    }
    const auto maker = wiring.producer(node.inputs[0]);
    if (!maker || !is_op(wiring.node(*maker), "QuantizeLinear") || !wiring.only_reader(node.inputs[0])) continue;
    if (auto made = of_activation(wiring, wiring.node(*maker))) {
      by_value_.emplace(node.outputs[0], *std::move(made));
      hidden_.insert({node.outputs[0], wiring.node(*maker).outputs[0]});
    }
  }
}

const Conversion* Conversions::of(const std::string& value) const {
  const auto found = by_value_.find(value);
  return found == by_value_.end() ? nullptr : &found->second;
}

}  // namespace upkeep
