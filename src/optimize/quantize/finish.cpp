// The end of quantisation-aware training (Jacob et al. 2018, section 3): a model that `static:trainable=true` wrote, and that was trained
// since with its roundings in it (gradients pass straight through), gets integers for its weights and biases:
//   W -> QuantizeLinear -> DequantizeLinear   ==>   W_q -> DequantizeLinear
//   b                                         ==>   round(b / (s_x s_W)) -> DequantizeLinear

#include <cmath>

#include "optimize/quantize/quantize.hpp"
#include "optimize/quantize/shared/integers.hpp"
#include "optimize/quantize/shared/plan.hpp"

namespace upkeep::quantization {

namespace {

// A layer whose weight is a float in front of its conversions.
struct TrainedLayer {
  Wiring::Id id = 0;
  Wiring::Id quantizer = 0;  // of the weight
  Wiring::Id rounding = 0;   // the last QuantizeLinear: another one where the weight has fewer bits than its type
  Wiring::Id dequantizer = 0;
};

std::optional<Wiring::Id> maker_of(const Wiring& wiring, const std::string& value, const char* op) {
  const auto from = value.empty() ? std::nullopt : wiring.producer(value);
  return from && is_op(wiring.node(*from), op) ? from : std::nullopt;
}

std::vector<TrainedLayer> trained_layers(const Wiring& wiring) {
  std::vector<TrainedLayer> all;
  for (const Wiring::Id id : wiring.ids()) {
    const Node& node = wiring.node(id);
    if (!is_op(node, "Conv") && !is_op(node, "Gemm") && !is_op(node, "MatMul") && !is_op(node, "ConvTranspose")) continue;
    const auto dequantizer = maker_of(wiring, node.inputs[1], "DequantizeLinear");
    if (!dequantizer) continue;
    const auto rounding = maker_of(wiring, wiring.node(*dequantizer).inputs[0], "QuantizeLinear");
    if (!rounding) continue;
    const auto middle = maker_of(wiring, wiring.node(*rounding).inputs[0], "DequantizeLinear");
    const auto quantizer = middle ? maker_of(wiring, wiring.node(*middle).inputs[0], "QuantizeLinear") : rounding;
    if (quantizer && float_constant(wiring, wiring.node(*quantizer).inputs[0])) all.push_back({id, *quantizer, *rounding, *dequantizer});
  }
  return all;
}

class Finisher {
 public:
  explicit Finisher(Wiring wiring) : wiring_(std::move(wiring)) {}

  void finish(const TrainedLayer& layer) {
    const Node quantizer = wiring_.node(layer.quantizer);
    const std::string name = quantizer.inputs[0];
    const Ends ends = ends_of(quantizer, wiring_.node(layer.rounding));
    const std::string integers = wiring_.add_constant(name + "/integers", integers_of(quantizer, ends));
    const std::string zero = wiring_.add_constant(name + "/zero", ends.zero_point);
    wiring_.change(layer.dequantizer, [&](Node& node) { node.inputs = {integers, node.inputs[1], zero}; });
    finish_bias(layer, quantizer);
  }
  Graph graph() const { return wiring_.finish(); }

 private:
  // Where the integers of each channel end, from their zero points of the two roundings, which may be one.
  struct Ends {
    Tensor zero_point;
    IntegerRange range;
  };
  Ends ends_of(const Node& upper, const Node& lower) const {
    const Tensor up = *wiring_.constant(upper.inputs[2]), down = *wiring_.constant(lower.inputs[2]);
    const Tensor ups = up.cast(DType::kInt64), downs = down.cast(DType::kInt64);
    const IntegerRange all = range_of(up.dtype());
    std::vector<std::int64_t> zeros;
    IntegerRange range = all;
    for (std::size_t i = 0; i < ups.data<std::int64_t>().size(); ++i) {
      const std::int64_t most = std::max(ups.data<std::int64_t>()[i], downs.data<std::int64_t>()[i]);
      const std::int64_t least = std::min(ups.data<std::int64_t>()[i], downs.data<std::int64_t>()[i]);
      zeros.push_back(most == least ? most : all.low < 0 ? 0 : least);
      range = {all.low + zeros.back() - least, all.high + zeros.back() - most};
    }
    return {integer_tensor(up.dtype(), up.shape(), zeros), range};
  }

  Tensor integers_of(const Node& quantizer, const Ends& ends) const {
    const Tensor weight = *wiring_.constant(quantizer.inputs[0]), scale = *wiring_.constant(quantizer.inputs[1]);
    const Tensor zeros = ends.zero_point.cast(DType::kInt64);
    const auto axis = static_cast<std::size_t>(from_front(quantizer.get<std::int64_t>("axis", 1), weight.rank()));
    const bool one = scale.size() == 1;
    const Along parts = one ? Along{.outer = 1, .count = 1, .inner = static_cast<std::size_t>(weight.size())} : along(weight.shape(), axis);
    std::vector<std::int64_t> integers;
    for (std::size_t i = 0; i < weight.floats().size(); ++i) {
      const std::size_t channel = i / parts.inner % parts.count;
      integers.push_back(quantized(weight.floats()[i], {scale.floats()[channel], zeros.data<std::int64_t>()[channel]}, ends.range));
    }
    return integer_tensor(ends.zero_point.dtype(), weight.shape(), integers);
  }

  void finish_bias(const TrainedLayer& layer, const Node& quantizer) {
    const std::string name = input(wiring_.node(layer.id), 2);
    const Tensor* bias = float_constant(wiring_, name);
    const auto reads = maker_of(wiring_, wiring_.node(layer.id).inputs[0], "DequantizeLinear");
    if (!bias || !reads) return;
    const float read = wiring_.constant(wiring_.node(*reads).inputs[1])->floats()[0];
    const Tensor scales = *wiring_.constant(quantizer.inputs[1]);
    std::vector<float> of_sum;
    std::vector<std::int64_t> integers;
    for (const float scale : scales.floats()) of_sum.push_back(read * scale);
    for (std::size_t i = 0; i < bias->floats().size(); ++i) {
      const double steps = static_cast<double>(bias->floats()[i]) / static_cast<double>(of_sum[of_sum.size() == 1 ? 0 : i]);
      integers.push_back(static_cast<std::int64_t>(std::nearbyint(std::clamp(steps, -1073741824.0, 1073741824.0))));
    }
    const Shape shape = bias->shape();
    Node node{.op = "DequantizeLinear",
              .domain = {},
              .name = {},
              .inputs = {},
              .outputs = {wiring_.fresh(name + "/dequantized")},
              .attributes = {}};
    node.inputs = {wiring_.add_constant(name + "/integers", integer_tensor(DType::kInt32, shape, integers)),
                   wiring_.add_constant(name + "/scale", Tensor(scales.shape(), of_sum))};
    if (scales.rank() > 0) node.attributes.push_back({"axis", std::int64_t{0}, {}});
    const std::string result = node.outputs[0];
    wiring_.add(std::move(node), {});
    wiring_.change(layer.id, [&](Node& changed) { changed.inputs[2] = result; });
  }

  Wiring wiring_;
};

class FinishingQuantizer : public Quantizer {
 public:
  explicit FinishingQuantizer(const Work& work) : keep_(work.context.keep_float), wiring_(work.model), trained_(trained_layers(wiring_)) {}

  std::vector<QuantizedLayer> layers() const override {
    std::vector<QuantizedLayer> all;
    for (const TrainedLayer& layer : trained_) {
      const Node& node = wiring_.node(layer.id);
      all.push_back({layer_name(node), node.op, wiring_.node(layer.quantizer).inputs[0], "int8", is_meant(node, keep_) ? "asked for" : ""});
    }
    return all;
  }

  Graph written(const std::set<std::string>& layers) const override {
    Finisher finisher(wiring_);
    for (const TrainedLayer& layer : trained_)
      if (layers.contains(layer_name(wiring_.node(layer.id)))) finisher.finish(layer);
    return finisher.graph();
  }

 private:
  std::vector<std::string> keep_;
  Wiring wiring_;
  std::vector<TrainedLayer> trained_;
};

}  // namespace

void add_finish(MethodCatalog& catalog) {
  catalog.add(
      {.name = "finish",
       .help = "integers for the weights of a model that static:trainable=true made and that was trained since",
       .settings = {},
       .of_float_models = false,
       .opset = [](const Json&) { return 13; },
       .prepare = [](const Work& work, const Json&) -> std::unique_ptr<Quantizer> { return std::make_unique<FinishingQuantizer>(work); }});
}

}  // namespace upkeep::quantization
