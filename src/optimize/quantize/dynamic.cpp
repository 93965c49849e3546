// Dynamic quantisation: weights are integers, and activations become integers while the model runs, with the range of each batch:
//   y = (x_q - z_x) (W_q - z_W) * s_x s_W + b       x_q, s_x, z_x = DynamicQuantizeLinear(x)
// No calibration rows are needed, and ranges are never wrong; finding them takes time in every run. ONNX Runtime fuses the operators that
// are written here into one (DynamicQuantizeMatMul). An LSTM becomes DynamicQuantizeLSTM, an operator of ONNX Runtime's own
// (com.microsoft).

#include <cmath>

#include "base/format.hpp"
#include "optimize/quantize/quantize.hpp"
#include "optimize/quantize/shared/integers.hpp"
#include "optimize/quantize/shared/plan.hpp"
#include "runtime/processor.hpp"

namespace upkeep::quantization {

struct Dynamic {
  bool per_channel = true;
  std::string reduce_range = "auto";
  bool convolutions = false;
  bool lstm = true;
};

}  // namespace upkeep::quantization

namespace upkeep {

using quantization::Dynamic;

template <>
inline const Settings settings<Dynamic> = describe<Dynamic>(
    "dynamic", "weights as integers, activations as integers with the range of each batch; needs no rows",
    field("per_channel", &Dynamic::per_channel, "one scale for each output channel of a weight, instead of one for all"),
    field("reduce_range", &Dynamic::reduce_range, "weights of 7 bits; auto: where the processor would overflow with 8",
          one_of({"auto", "true", "false"})),
    field("convolutions", &Dynamic::convolutions, "convolutions too (ConvInteger, which is slower than floats on most processors)"),
    field("lstm", &Dynamic::lstm, "LSTM layers too (com.microsoft.DynamicQuantizeLSTM)"));

}  // namespace upkeep

namespace upkeep::quantization {

namespace {

Tensor floats_of(const std::vector<float>& values, bool per_channel) {
  if (!per_channel) return Tensor::scalar(values[0]);
  return Tensor({static_cast<std::int64_t>(values.size())}, values);
}

// Axes 1 and 2 of [N, A, B] exchanged.
Tensor transposed(const Tensor& tensor) {
  const std::int64_t n = tensor.dim(0), a = tensor.dim(1), b = tensor.dim(2);
  std::vector<float> values(tensor.floats().size());
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < a; ++j)
      for (std::int64_t k = 0; k < b; ++k)
        values[static_cast<std::size_t>((i * b + k) * a + j)] = tensor.floats()[static_cast<std::size_t>((i * a + j) * b + k)];
  return Tensor({n, b, a}, std::move(values));
}

Tensor matrix_transposed(const Tensor& tensor) {
  return transposed(tensor.reshaped({1, tensor.dim(0), tensor.dim(1)})).reshaped({tensor.dim(1), tensor.dim(0)});
}

bool reads_weight(const Wiring& wiring, const Node& node) {
  const bool known = is_op(node, "Gemm") || is_op(node, "MatMul") || is_op(node, "Conv") || is_op(node, "ConvTranspose") ||
                     is_op(node, "LSTM") || is_op(node, "GRU") || is_op(node, "RNN");
  return known && float_constant(wiring, input(node, 1)) != nullptr;
}

// Writes layers into a graph.
class DynamicWriter {
 public:
  DynamicWriter(Wiring wiring, const Dynamic& options, bool reduced) : wiring_(std::move(wiring)), options_(options), reduced_(reduced) {}

  void write(Wiring::Id id) {
    const Node node = wiring_.node(id);
    if (is_op(node, "LSTM")) write_lstm(id, node);
    else if (is_op(node, "Conv")) write_conv(id, node);
    else write_product(id, node);
  }
  Graph finish() const { return wiring_.finish(); }

 private:
  const Tensor* constant(const Node& node, std::size_t index) const { return float_constant(wiring_, input(node, index)); }

  // --- products and convolutions ---

  struct Integers {
    std::string values, scale, zero_point;
  };

  const Integers& quantized_input(const std::string& value) {
    const auto found = inputs_.find(value);
    if (found != inputs_.end()) return found->second;
    Integers made{wiring_.fresh(value + "/quantized"), wiring_.fresh(value + "/scale"), wiring_.fresh(value + "/zero_point")};
    wiring_.add({.op = "DynamicQuantizeLinear",
                 .domain = {},
                 .name = made.values,
                 .inputs = {value},
                 .outputs = {made.values, made.scale, made.zero_point},
                 .attributes = {}},
                {});
    return inputs_.emplace(value, std::move(made)).first->second;
  }

  Integers quantized_weight(const std::string& name, const Tensor& weight, std::optional<std::size_t> axis) {
    const QuantizedWeight made = quantize_weight(weight, {.bits = reduced_ ? 7 : 8, .axis = axis});
    const Tensor scale = floats_of(made.scales, axis.has_value());
    const Tensor zero = integer_tensor(DType::kInt8, scale.shape(), made.zero_points);
    return {wiring_.add_constant(name + "/quantized", made.values), wiring_.add_constant(name + "/scale", scale),
            wiring_.add_constant(name + "/zero_point", zero)};
  }

  std::string append(const std::string& op, std::vector<std::string> inputs, const std::string& name,
                     std::vector<Attribute> attributes = {}) {
    const std::string output = wiring_.fresh(name);
    wiring_.add(
        {.op = op, .domain = {}, .name = output, .inputs = std::move(inputs), .outputs = {output}, .attributes = std::move(attributes)},
        {});
    return output;
  }

  void finish(Wiring::Id id, const Node& node, const std::string& sum, const std::string& input_scale, const std::string& weight_scale,
              const std::string& bias) {
    const std::string output = node.outputs[0];
    const std::string real = append("Cast", {sum}, output + "/float", {{"to", static_cast<std::int64_t>(DType::kFloat32), {}}});
    const std::string scale = append("Mul", {input_scale, weight_scale}, output + "/scale");
    wiring_.change(id, [&](Node& changed) {
      changed.attributes.clear();
      changed.op = "Mul";
      changed.inputs = {real, scale};
      if (!bias.empty()) changed.outputs = {wiring_.fresh(output + "/product")};
    });
    if (!bias.empty())
      wiring_.add({.op = "Add",
                   .domain = {},
                   .name = output + "/bias",
                   .inputs = {wiring_.node(id).outputs[0], bias},
                   .outputs = {output},
                   .attributes = {}},
                  {});
  }

  void write_product(Wiring::Id id, const Node& node) {
    Tensor weight = *constant(node, 1);
    if (node.get<std::int64_t>("transB", 0) != 0) weight = matrix_transposed(weight);
    const Integers x = quantized_input(node.inputs[0]);
    const Integers w = quantized_weight(node.inputs[1], weight, options_.per_channel ? std::optional<std::size_t>(1) : std::nullopt);
    const std::string sum = append("MatMulInteger", {x.values, w.values, x.zero_point, w.zero_point}, node.outputs[0] + "/integers");
    finish(id, node, sum, x.scale, w.scale, input(node, 2));
  }

  // ConvInteger takes one zero point for all of the weight, which is 0.
  void write_conv(Wiring::Id id, const Node& node) {
    const Tensor weight = *constant(node, 1);
    const QuantizedWeight made =
        quantize_weight(weight, {.bits = reduced_ ? 7 : 8, .axis = options_.per_channel ? std::optional<std::size_t>(0) : std::nullopt});
    Shape channels(weight.rank() - 1, 1);
    channels[0] = weight.dim(0);  // [M, 1, 1], as the result is [N, M, H, W]
    const Integers x = quantized_input(node.inputs[0]);
    const std::string values = wiring_.add_constant(node.inputs[1] + "/quantized", made.values);
    const std::string scale = wiring_.add_constant(node.inputs[1] + "/scale",
                                                   options_.per_channel ? Tensor(channels, made.scales) : Tensor::scalar(made.scales[0]));
    std::string bias = input(node, 2);
    if (!bias.empty()) bias = wiring_.add_constant(bias + "/per_channel", wiring_.constant(bias)->reshaped(channels));
    const std::string sum = append("ConvInteger", {x.values, values, x.zero_point}, node.outputs[0] + "/integers", node.attributes);
    finish(id, node, sum, x.scale, scale, bias);
  }

  // --- LSTM ---

  // W [directions, 4 units, inputs] and R [directions, 4 units, units] are read transposed, with scales [directions, 4 units].
  void write_lstm(Wiring::Id id, const Node& node) {
    const auto weight = [&](std::size_t index) {
      const Tensor turned = transposed(*constant(node, index));
      const std::string& name = node.inputs[index];
      return quantize_directions(name, turned);
    };
    const Integers w = weight(1), r = weight(2);
    wiring_.change(id, [&](Node& changed) {
      changed.op = "DynamicQuantizeLSTM";
      changed.domain = "com.microsoft";
      changed.inputs.resize(8);
      changed.inputs[1] = w.values;
      changed.inputs[2] = r.values;
      for (const std::string& name : {w.scale, w.zero_point, r.scale, r.zero_point}) changed.inputs.push_back(name);
      remove_attribute(changed, "layout");
    });
  }

  Integers quantize_directions(const std::string& name, const Tensor& turned) {
    const std::int64_t directions = turned.dim(0), width = turned.dim(2);
    std::vector<std::int64_t> values;
    std::vector<float> scales;
    std::vector<std::int64_t> zeros;
    for (std::int64_t d = 0; d < directions; ++d) {
      const QuantizedWeight one =
          quantize_weight(turned.rows(d, d + 1).reshaped({turned.dim(1), width}),
                          {.bits = reduced_ ? 7 : 8, .axis = options_.per_channel ? std::optional<std::size_t>(1) : std::nullopt});
      for (const std::int8_t value : one.values.data<std::int8_t>()) values.push_back(value);
      scales.insert(scales.end(), one.scales.begin(), one.scales.end());
      zeros.insert(zeros.end(), one.zero_points.begin(), one.zero_points.end());
    }
    const Shape shape = options_.per_channel ? Shape{directions, width} : Shape{directions};
    return {wiring_.add_constant(name + "/quantized", integer_tensor(DType::kInt8, turned.shape(), values)),
            wiring_.add_constant(name + "/scale", Tensor(shape, scales)),
            wiring_.add_constant(name + "/zero_point", integer_tensor(DType::kInt8, shape, zeros))};
  }

  Wiring wiring_;
  const Dynamic& options_;
  bool reduced_;
  std::map<std::string, Integers> inputs_;
};

class DynamicQuantizer : public Quantizer {
 public:
  DynamicQuantizer(const Work& work, const Dynamic& options)
      : options_(options),
        keep_(work.context.keep_float),
        wiring_(work.model),
        reduced_(options.reduce_range == "true" || (options.reduce_range == "auto" && !multiplies_bytes_exactly())) {
    work.change.facts["weight_bits"] = reduced_ ? 7 : 8;
  }

  std::vector<QuantizedLayer> layers() const override {
    std::vector<QuantizedLayer> all;
    for (const Wiring::Id id : wiring_.ids()) {
      const Node& node = wiring_.node(id);
      if (reads_weight(wiring_, node))
        all.push_back({layer_name(node), node.op, node.inputs[1], "int8", why_float(node), reduced_ ? 7 : 0});
    }
    return all;
  }

  Graph written(const std::set<std::string>& layers) const override {
    DynamicWriter writer(wiring_, options_, reduced_);
    for (const Wiring::Id id : wiring_.ids())
      if (const Node& node = wiring_.node(id); reads_weight(wiring_, node) && layers.contains(layer_name(node))) writer.write(id);
    return writer.finish();
  }

  std::map<std::string, std::int64_t> other_opsets() const override {
    const bool has_lstm = std::ranges::any_of(wiring_.ids(), [&](Wiring::Id id) { return is_op(wiring_.node(id), "LSTM"); });
    return has_lstm && options_.lstm ? std::map<std::string, std::int64_t>{{"com.microsoft", 1}} : std::map<std::string, std::int64_t>{};
  }

 private:
  std::string why_float(const Node& node) const {
    if (is_meant(node, keep_)) return "asked for";
    if (wiring_.constant(node.inputs[0])) return "its input is a constant";
    const std::string bias = input(node, 2);
    if (!bias.empty() && !float_constant(wiring_, bias))
      return node.op == "LSTM" ? "its recurrent weight is computed" : "its bias is computed";
    if (is_op(node, "MatMul")) return wiring_.constant(node.inputs[1])->rank() == 2 ? "" : "its weight is no matrix";
    if (is_op(node, "Gemm")) return node.get<std::int64_t>("transA", 0) == 0 ? "" : "its input is transposed";
    if (is_op(node, "Conv")) return options_.convolutions ? "" : "ConvInteger is slower than floats; ask with convolutions=true";
    if (!is_op(node, "LSTM")) return "ONNX Runtime runs " + node.op + " in floats only";
    if (!options_.lstm) return "asked for";
    return node.get<std::int64_t>("layout", 0) == 0 ? "" : "its batch comes first";
  }

  const Dynamic options_;
  std::vector<std::string> keep_;
  Wiring wiring_;
  bool reduced_;
};

}  // namespace

void add_dynamic(MethodCatalog& catalog) {
  const Settings& about = settings<Dynamic>;
  catalog.add({.name = about.name(),
               .help = about.help(),
               .settings = about,
               .opset = [](const Json&) { return 11; },
               .prepare = [](const Work& work, const Json& values) -> std::unique_ptr<Quantizer> {
                 return std::make_unique<DynamicQuantizer>(work, parse<Dynamic>(values));
               }});
}

}  // namespace upkeep::quantization
