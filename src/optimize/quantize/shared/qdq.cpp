#include "optimize/quantize/shared/qdq.hpp"

#include <cmath>

namespace upkeep::quantization {

namespace {

Tensor vector_or_scalar(const std::vector<float>& values, bool per_channel) {
  if (!per_channel) return Tensor::scalar(values[0]);
  return Tensor({static_cast<std::int64_t>(values.size())}, values);
}

class QdqWriter {
 public:
  QdqWriter(Wiring& wiring, const Plan& plan, const QdqOptions& options) : wiring_(wiring), plan_(plan), options_(options) {}

  void write() {
    for (const auto& [id, node] : plan_.nodes) {
      if (node.role == Role::kWeighted) write_weights(id, node);
      if (node.cut) cuts_.emplace(node.output, *node.cut);
      if (node.role == Role::kPadding) paddings_.emplace(node.output, id);
    }
    const std::map<std::string, bool> made = made_by_integers();
    for (const std::string& value : plan_.values) write_value(value, made.at(value));
  }

 private:
  const Parameters& parameters_of(const std::string& value) const { return options_.parameters.at(plan_.scale_from.at(value)); }

  DType type_of(const std::string& value) const {
    const auto found = options_.other_types.find(plan_.scale_from.at(value));
    return found == options_.other_types.end() ? options_.activations : found->second;
  }

  // Values that an integer node makes, as opposed to those that are floats first.
  std::map<std::string, bool> made_by_integers() const {
    std::map<std::string, bool> made;
    for (const std::string& value : plan_.values) made[value] = false;
    for (const auto& [id, node] : plan_.nodes)
      if (made.contains(node.output)) made[node.output] = true;
    return made;
  }

  // --- activations ---

  // Everybody reads the integers where integers make the value; floats that were there before stay for those who read floats. A Relu or
  // Clip in front of the integers goes: they end where it cuts.
  void write_value(const std::string& value, bool made_by_integers) {
    std::string source = value;
    std::string result = wiring_.fresh(value + "/dequantized");
    if (made_by_integers) {
      const auto cut = cuts_.find(value);
      if (cut != cuts_.end() && wiring_.is_output(value)) result = value;
      else wiring_.forward(value, result);
      if (cut != cuts_.end()) {
        source = wiring_.node(cut->second).inputs[0];
        wiring_.remove(cut->second);
      } else if (wiring_.is_output(value)) {
        source = wiring_.fresh(value + "/float");
        wiring_.set_type(source, *wiring_.type(value));
        wiring_.change(*wiring_.producer(value), [&](Node& node) { std::ranges::replace(node.outputs, value, source); });
        wiring_.forward(result, value);
        result = value;
      }
    } else {
      for (const Wiring::Id id : wiring_.readers(value))
        if (const auto found = plan_.nodes.find(id); found != plan_.nodes.end())
          wiring_.change(id, [&](Node& node) { std::ranges::replace(node.inputs, value, result); });
    }
    if (const auto padding = paddings_.find(value); padding != paddings_.end())
      return add_padding(padding->second, plan_.nodes.at(padding->second), result);
    add_pair(value, source, result);
  }

  // A Pad writes integers, with those that stand for 0.
  void add_padding(Wiring::Id id, const IntegerNode& node, const std::string& result) {
    const auto [scale, zero_point] = constants_of(plan_.scale_from.at(node.output));
    const std::string integers = wiring_.fresh(node.output + "/quantized");
    wiring_.change(id, [&](Node& changed) {
      changed.inputs.resize(std::max<std::size_t>(changed.inputs.size(), 3));
      changed.inputs[0] = integers_.at(node.inputs[0]);
      changed.inputs[2] = zero_point;
      changed.outputs = {integers};
    });
    integers_[node.output] = integers;
    wiring_.add(node_of("DequantizeLinear", {integers, scale, zero_point}, result), {*wiring_.type(node.output)});
  }

  void add_pair(const std::string& value, const std::string& source, const std::string& result) {
    const auto [scale, zero_point] = constants_of(plan_.scale_from.at(value));
    ValueType type = *wiring_.type(value);
    const std::string integers = wiring_.fresh(value + "/quantized");
    ValueType integer_type = type;
    integer_type.dtype = type_of(value);
    integers_[value] = integers;
    wiring_.add(node_of("QuantizeLinear", {source, scale, zero_point}, integers), {integer_type});
    wiring_.add(node_of("DequantizeLinear", {integers, scale, zero_point}, result), {type});
  }

  const std::pair<std::string, std::string>& constants_of(const std::string& value) {
    const auto found = constants_.find(value);
    if (found != constants_.end()) return found->second;
    const Parameters& parameters = options_.parameters.at(value);
    const std::string scale = wiring_.add_constant(value + "/scale", Tensor::scalar(parameters.scale));
    const std::string zero = wiring_.add_constant(value + "/zero_point", integer_tensor(type_of(value), {}, {{parameters.zero_point}}));
    return constants_.emplace(value, std::pair(scale, zero)).first->second;
  }

  static Node node_of(std::string op, std::vector<std::string> inputs, std::string output) {
    return {.op = std::move(op), .domain = {}, .name = output, .inputs = std::move(inputs), .outputs = {output}, .attributes = {}};
  }

  // --- weights and biases ---

  void write_weights(Wiring::Id id, const IntegerNode& node) {
    const QuantizedWeight& weight = options_.weights->at(node.weight);
    const Parameters& read = parameters_of(node.inputs[0]);
    std::string bias;
    if (const auto values = options_.trainable ? std::nullopt : bias_of(id, node)) bias = write_bias(node, *values, weight, read);
    const std::string dequantized = write_weight(node.weight, weight);
    wiring_.change(id, [&](Node& changed) {
      changed.inputs[1] = dequantized;
      if (bias.empty()) return;
      changed.inputs.resize(3);
      changed.inputs[2] = bias;
    });
  }

  std::string write_weight(const std::string& name, const QuantizedWeight& weight) {
    const auto found = written_.find(name);
    if (found != written_.end()) return found->second;
    return written_[name] = add_dequantized(name, weight.values, weight.scales, weight.zero_points, weight.axis);
  }

  std::string add_dequantized(const std::string& name, const Tensor& values, const std::vector<float>& scales,
                              const std::vector<std::int64_t>& zero_points, std::optional<std::size_t> axis) {
    std::vector<std::string> inputs{{}, wiring_.add_constant(name + "/scale", vector_or_scalar(scales, axis.has_value()))};
    if (!zero_points.empty()) {
      const Shape shape = axis ? Shape{static_cast<std::int64_t>(zero_points.size())} : Shape{};
      inputs.push_back(wiring_.add_constant(name + "/zero_point", integer_tensor(values.dtype(), shape, zero_points)));
    }
    inputs[0] = options_.trainable ? rounded_weight(name, inputs, axis) : wiring_.add_constant(name + "/quantized", values);
    Node node = node_of("DequantizeLinear", std::move(inputs), wiring_.fresh(name + "/dequantized"));
    if (axis) node.attributes.push_back({"axis", static_cast<std::int64_t>(*axis), {}});
    const std::string result = node.outputs[0];
    wiring_.add(std::move(node), {{DType::kFloat32, Dims(values.shape().begin(), values.shape().end()), {}}});
    return result;
  }

  // The integers of a weight that stays a float.
  std::string rounded_weight(const std::string& name, std::vector<std::string>& inputs, std::optional<std::size_t> axis) {
    const auto bits = options_.weight_bits.find(name);
    const WeightRounding made =
        add_weight_rounding(wiring_, {name, inputs[1], inputs[2]}, axis, bits == options_.weight_bits.end() ? 8 : bits->second);
    inputs[2] = made.zero_point;
    return made.integers;
  }

  // One number per channel; nothing where there is neither a bias nor a correction. MatMul has no place for one.
  std::optional<std::vector<double>> bias_of(Wiring::Id id, const IntegerNode& node) const {
    if (is_op(wiring_.node(id), "MatMul")) return std::nullopt;
    const std::vector<float>* correction = nullptr;
    if (const auto found = options_.corrections.find(node.weight); found != options_.corrections.end()) correction = &found->second;
    if (node.bias.empty() && !correction) return std::nullopt;
    std::vector<double> values(node.channels, 0);
    const Tensor* bias = node.bias.empty() ? nullptr : wiring_.constant(node.bias);
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (bias) values[i] += static_cast<double>(bias->floats()[bias->size() == 1 ? 0 : i]);
      if (correction) values[i] += static_cast<double>((*correction)[i]);
    }
    return values;
  }

  std::string write_bias(const IntegerNode& node, const std::vector<double>& values, const QuantizedWeight& weight,
                         const Parameters& read) {
    constexpr double kLargest = 1 << 30;  // leaves the sum of products its room in int32
    std::vector<float> scales;
    std::vector<std::int64_t> integers;
    const std::size_t count = weight.scales.size();
    for (const float scale : weight.scales) scales.push_back(read.scale * scale);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double scale = scales[count == 1 ? 0 : i];
      integers.push_back(static_cast<std::int64_t>(std::nearbyint(std::clamp(values[i] / scale, -kLargest, kLargest))));
    }
    const std::string base = node.bias.empty() ? node.weight + "/bias" : node.bias;
    return add_dequantized(base, integer_tensor(DType::kInt32, {static_cast<std::int64_t>(values.size())}, integers), scales, {},
                           count == 1 ? std::nullopt : std::optional<std::size_t>(0));
  }

  Wiring& wiring_;
  const Plan& plan_;
  const QdqOptions& options_;
  std::map<std::string, Wiring::Id> cuts_;       // the Relu or Clip that makes a value
  std::map<std::string, Wiring::Id> paddings_;   // the Pad that makes a value
  std::map<std::string, std::string> integers_;  // of values
  std::map<std::string, std::pair<std::string, std::string>> constants_;
  std::map<std::string, std::string> written_;
};

}  // namespace

std::optional<QuantizedWeight> constant_integers(const Wiring& wiring, const Node& dequantizer) {
  const Tensor* values = wiring.constant(dequantizer.inputs[0]);
  const Tensor* scales = float_constant(wiring, dequantizer.inputs[1]);
  if (!values || !scales || scales->rank() > 1 || dequantizer.find("block_size")) return std::nullopt;
  QuantizedWeight made{
      .values = *values, .scales = {scales->floats().begin(), scales->floats().end()}, .zero_points = {}, .axis = std::nullopt};
  if (scales->rank() == 1 && scales->size() > 1)
    made.axis = static_cast<std::size_t>(from_front(dequantizer.get<std::int64_t>("axis", 1), values->rank()));
  made.zero_points.resize(made.scales.size(), 0);
  const std::string zero = input(dequantizer, 2);
  if (zero.empty()) return made;
  const Tensor* points = wiring.constant(zero);
  if (!points) return std::nullopt;
  const Tensor wide = points->cast(DType::kInt64);
  made.zero_points.assign(wide.data<std::int64_t>().begin(), wide.data<std::int64_t>().end());
  return made;
}

namespace {

// A node on (value, scale, zero point), as a conversion of a weight is.
std::string add_conversion(Wiring& wiring, std::string op, std::vector<std::string> inputs, std::optional<std::size_t> axis,
                           const std::string& name) {
  Node node{.op = std::move(op), .domain = {}, .name = {}, .inputs = std::move(inputs), .outputs = {wiring.fresh(name)}, .attributes = {}};
  node.name = node.outputs[0];
  if (axis) node.attributes.push_back({"axis", static_cast<std::int64_t>(*axis), {}});
  const std::string result = node.outputs[0];
  wiring.add(std::move(node), {});
  return result;
}

std::string moved_zero(Wiring& wiring, const std::string& zero, std::int64_t by) {
  const Tensor points = *wiring.constant(zero), wide = points.cast(DType::kInt64);
  std::vector<std::int64_t> moved(wide.data<std::int64_t>().begin(), wide.data<std::int64_t>().end());
  for (std::int64_t& point : moved) point += by;
  return wiring.add_constant(zero + "/moved", integer_tensor(points.dtype(), points.shape(), moved));
}

}  // namespace

// Integers of a type end where it ends, and gradients stop there. Weights with fewer bits are rounded twice, with the zero point moved so
// far up that the one end of the type is theirs, and so far down that the other one is:
//   W -> QuantizeLinear(z + up) -> DequantizeLinear(z + up) -> QuantizeLinear(z - down)
WeightRounding add_weight_rounding(Wiring& wiring, const WeightConstants& weight, std::optional<std::size_t> axis, int bits) {
  const DType dtype = wiring.constant(weight.zero_point)->dtype();
  const IntegerRange all = range_of(dtype), few = range_of_weight(dtype, bits);
  std::string value = weight.floats, zero = weight.zero_point;
  if (few.high < all.high) {
    zero = moved_zero(wiring, weight.zero_point, all.high - few.high);
    const std::string rounded = add_conversion(wiring, "QuantizeLinear", {value, weight.scale, zero}, axis, weight.floats + "/upper");
    value = add_conversion(wiring, "DequantizeLinear", {rounded, weight.scale, zero}, axis, weight.floats + "/below");
    zero = few.low > all.low ? moved_zero(wiring, weight.zero_point, all.low - few.low) : weight.zero_point;
  }
  return {add_conversion(wiring, "QuantizeLinear", {value, weight.scale, zero}, axis, weight.floats + "/quantized"), zero};
}

Graph written_as_qdq(Wiring wiring, const Plan& plan, const QdqOptions& options) {
  QdqWriter(wiring, plan, options).write();
  return wiring.finish();
}

}  // namespace upkeep::quantization
