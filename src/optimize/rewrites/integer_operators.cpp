// Layers between conversions as operators on integers, which older runtimes and devices know:
//   DequantizeLinear(x), DequantizeLinear(w), DequantizeLinear(b) -> Conv -> QuantizeLinear   ==>   QLinearConv
//   the same with Gemm: a convolution with a window of one, [N, K] as [N, K, 1, 1]            ==>   Reshape -> QLinearConv -> Reshape
//   Gemm and MatMul that answer in floats      ==>   MatMulInteger -> Add (the bias in int32) -> Cast -> Mul by s_x s_w
//   DequantizeLinear -> Reshape, Flatten, Transpose, Squeeze, Unsqueeze, MaxPool -> QuantizeLinear of the same scale   ==>   the operator
//   alone
// Sums are exact in int32; a QLinearConv rounds once, as the QuantizeLinear did.
// Not when: a scale is no constant, the weight has a zero point other than 0, a value between is an output or read by somebody else.

#include <algorithm>

#include "graph/wiring.hpp"
#include "optimize/rewrites/rewrite.hpp"

namespace upkeep::rewrites {

struct IntegerOperators {};

}  // namespace upkeep::rewrites

namespace upkeep {

using rewrites::IntegerOperators;

template <>
inline const Settings settings<IntegerOperators> = describe<IntegerOperators>(
    "integer-operators", "quantised layers as operators on integers (QLinearConv, MatMulInteger) instead of conversions around");

}  // namespace upkeep

namespace upkeep::rewrites {

namespace {

// A value as integers: the three inputs of its DequantizeLinear.
struct Quantized {
  std::string values, scale, zero_point;
  std::int64_t axis = 1;
};

class IntegerRewriter {
 public:
  explicit IntegerRewriter(const Model& model) : wiring_(model) {}

  std::size_t run() {
    std::size_t places = 0;
    for (const Wiring::Id id : wiring_.ids())
      if (wiring_.alive(id) && rewrite(id)) ++places;
    return places;
  }
  Graph finish() const { return wiring_.finish(); }

 private:
  bool rewrite(Wiring::Id id) {
    const Node& node = wiring_.node(id);
    if (is_op(node, "Conv")) return layer(id, &IntegerRewriter::as_convolution);
    if (is_op(node, "Gemm") && plain(node)) return layer(id, &IntegerRewriter::as_window_of_one) || product(id);
    if (is_op(node, "MatMul")) return product(id);
    return is_moving(node) && moved(id);
  }

  static bool plain(const Node& node) {
    return node.get<float>("alpha", 1) == 1 && node.get<float>("beta", 1) == 1 && node.get<std::int64_t>("transA", 0) == 0;
  }

  static bool is_moving(const Node& node) {
    static const std::set<std::string_view> kOps = {"Reshape", "Flatten", "Transpose", "Squeeze", "Unsqueeze", "MaxPool"};
    return node.domain.empty() && kOps.contains(node.op) && node.outputs.size() == 1;
  }

  std::optional<Quantized> quantized(const std::string& value) const {
    const auto from = wiring_.producer(value);
    if (!from || !is_op(wiring_.node(*from), "DequantizeLinear")) return std::nullopt;
    const Node& node = wiring_.node(*from);
    if (!wiring_.constant(node.inputs[1]) || node.get<std::int64_t>("block_size", 0) != 0) return std::nullopt;
    return Quantized{node.inputs[0], node.inputs[1], input(node, 2), node.get<std::int64_t>("axis", 1)};
  }

  // The QuantizeLinear that alone reads the value.
  std::optional<Wiring::Id> quantizer(const std::string& value) const {
    const auto next = wiring_.only_reader(value);
    if (!next || !is_op(wiring_.node(*next), "QuantizeLinear") || input(wiring_.node(*next), 2).empty()) return std::nullopt;
    const Node& node = wiring_.node(*next);
    return wiring_.constant(node.inputs[1]) && wiring_.constant(node.inputs[1])->size() == 1 ? next : std::nullopt;
  }

  bool is_zero(const std::string& name) const {
    if (name.empty()) return true;
    const Tensor* tensor = wiring_.constant(name);
    if (!tensor || tensor->dtype() == DType::kInt4 || tensor->dtype() == DType::kUInt4) return false;
    const Tensor wide = tensor->cast(DType::kInt64);
    return std::ranges::all_of(wide.data<std::int64_t>(), [](std::int64_t one) { return one == 0; });
  }

  // --- layers ---

  struct Layer {
    Node node;
    Quantized x, w;
    std::string bias;  // int32; may be empty
  };

  std::optional<Layer> layer_at(Wiring::Id id) const {
    const Node& node = wiring_.node(id);
    const auto x = quantized(node.inputs[0]), w = quantized(node.inputs[1]);
    if (!x || !w || x->zero_point.empty() || !is_zero(w->zero_point)) return std::nullopt;
    const Tensor* weight = wiring_.constant(w->values);
    if (!weight || weight->dtype() != DType::kInt8 || wiring_.constant(x->scale)->size() != 1) return std::nullopt;
    Layer made{.node = node, .x = *x, .w = *w, .bias = {}};
    if (const std::string bias = input(node, 2); !bias.empty()) {
      const auto b = quantized(bias);
      const Tensor* values = b ? wiring_.constant(b->values) : nullptr;
      if (!values || values->dtype() != DType::kInt32) return std::nullopt;
      made.bias = b->values;
    }
    return made;
  }

  bool layer(Wiring::Id id, void (IntegerRewriter::*write)(const Layer&, Node& quantizer)) {
    const auto found = layer_at(id);
    const auto next = found ? quantizer(found->node.outputs[0]) : std::nullopt;
    if (!next) return false;
    Node last = wiring_.node(*next);
    wiring_.remove(id);
    (this->*write)(*found, last);
    wiring_.change(*next, [&](Node& node) { node = last; });
    return true;
  }

  // The layer's inputs and the scale of what follows, in the order of QLinearConv.
  std::vector<std::string> operands(const Layer& one, const std::string& x, const std::string& w, const Node& quantizer) {
    const Shape shape = wiring_.constant(one.w.scale)->shape();
    const std::string zero = wiring_.add_constant(
        one.w.values + "/zeros", Tensor(shape, std::vector<std::int8_t>(static_cast<std::size_t>(element_count(shape)), 0)));
    std::vector<std::string> all{x, one.x.scale, one.x.zero_point, w, one.w.scale, zero, quantizer.inputs[1], quantizer.inputs[2]};
    if (!one.bias.empty()) all.push_back(one.bias);
    return all;
  }

  void as_convolution(const Layer& one, Node& last) {
    last.inputs = operands(one, one.x.values, one.w.values, last);
    last.op = "QLinearConv";
    last.name = one.node.name;
    last.attributes = one.node.attributes;
  }

  // [inputs, units] becomes [units, inputs].
  Tensor units_first(const Layer& one) const {
    const Tensor& weight = *wiring_.constant(one.w.values);
    if (one.node.get<std::int64_t>("transB", 0) != 0) return weight;
    const std::int64_t rows = weight.dim(0), columns = weight.dim(1);
    std::vector<std::int8_t> values(static_cast<std::size_t>(weight.size()));
    for (std::int64_t i = 0; i < rows; ++i)
      for (std::int64_t j = 0; j < columns; ++j)
        values[static_cast<std::size_t>(j * rows + i)] = weight.data<std::int8_t>()[static_cast<std::size_t>(i * columns + j)];
    return Tensor({columns, rows}, std::move(values));
  }

  void as_window_of_one(const Layer& one, Node& last) {
    const Tensor weight = units_first(one);
    const std::int64_t units = weight.dim(0), width = weight.dim(1);
    const std::string w = wiring_.add_constant(one.w.values + "/window", weight.reshaped({units, width, 1, 1}));
    const std::string in_shape = wiring_.add_constant(one.node.outputs[0] + "/in_shape", int64s({-1, width, 1, 1}));
    const std::string out_shape = wiring_.add_constant(one.node.outputs[0] + "/out_shape", int64s({-1, units}));
    const std::string x = appended("Reshape", {one.x.values, in_shape}, one.node.outputs[0] + "/in");
    const std::string y = appended("QLinearConv", operands(one, x, w, last), one.node.outputs[0] + "/window");
    last.op = "Reshape";
    last.inputs = {y, out_shape};
    last.attributes.clear();
  }

  std::string appended(const std::string& op, std::vector<std::string> inputs, const std::string& name,
                       std::vector<Attribute> attributes = {}) {
    const std::string output = wiring_.fresh(name);
    wiring_.add(
        {.op = op, .domain = {}, .name = output, .inputs = std::move(inputs), .outputs = {output}, .attributes = std::move(attributes)},
        {});
    return output;
  }

  Tensor product_scale(const Layer& one) const {
    const float x = wiring_.constant(one.x.scale)->floats()[0];
    const Tensor& scales = *wiring_.constant(one.w.scale);
    std::vector<float> values;
    for (const float scale : scales.floats()) values.push_back(x * scale);
    return Tensor(scales.shape(), std::move(values));
  }

  bool product(Wiring::Id id) {
    const auto found = layer_at(id);
    if (!found || wiring_.constant(found->w.values)->rank() != 2) return false;
    const Layer& one = *found;
    const std::string output = one.node.outputs[0];
    std::string w = one.w.values;
    if (one.node.get<std::int64_t>("transB", 0) != 0) {
      const Tensor weight = *wiring_.constant(w);
      std::vector<std::int8_t> values(static_cast<std::size_t>(weight.size()));
      for (std::int64_t i = 0; i < weight.dim(0); ++i)
        for (std::int64_t j = 0; j < weight.dim(1); ++j)
          values[static_cast<std::size_t>(j * weight.dim(0) + i)] =
              weight.data<std::int8_t>()[static_cast<std::size_t>(i * weight.dim(1) + j)];
      w = wiring_.add_constant(w + "/turned", Tensor({weight.dim(1), weight.dim(0)}, std::move(values)));
    }
    std::string sum = appended("MatMulInteger", {one.x.values, w, one.x.zero_point}, output + "/sum");
    if (!one.bias.empty()) sum = appended("Add", {sum, one.bias}, output + "/with_bias");
    const std::string real = appended("Cast", {sum}, output + "/real", {{"to", static_cast<std::int64_t>(DType::kFloat32), {}}});
    const std::string scale = wiring_.add_constant(output + "/product_scale", product_scale(one));
    wiring_.change(id, [&](Node& node) {
      node.op = "Mul";
      node.inputs = {real, scale};
      node.attributes.clear();
    });
    return true;
  }

  // --- what hands integers on ---

  bool same(const std::string& first, const std::string& second) const {
    const Tensor *a = wiring_.constant(first), *b = wiring_.constant(second);
    return a && b && *a == *b;
  }

  bool moved(Wiring::Id id) {
    const Node node = wiring_.node(id);
    const auto x = quantized(node.inputs[0]);
    const auto next = x ? quantizer(node.outputs[0]) : std::nullopt;
    if (!next) return false;
    const Node last = wiring_.node(*next);
    if (!same(x->scale, last.inputs[1]) || !same(x->zero_point, last.inputs[2])) return false;
    wiring_.remove(*next);
    wiring_.change(id, [&](Node& changed) {
      changed.inputs[0] = x->values;
      changed.outputs = last.outputs;
    });
    return true;
  }

  Wiring wiring_;
};

std::size_t use_integer_operators(Model& model, const IntegerOperators&, Change&) {
  IntegerRewriter rewriter(model);
  const std::size_t places = rewriter.run();
  if (places > 0) model.graph = rewriter.finish();
  return places;
}

}  // namespace

void add_integer_operators(RewriteCatalog& catalog) { catalog.add(entry<IntegerOperators>(use_integer_operators)); }

}  // namespace upkeep::rewrites
