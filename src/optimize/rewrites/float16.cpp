// Weights and arithmetic in float16: half the size, and twice the speed where the hardware has it.
//
// A float32 value x gets a float16 version "x/float16". An operator that takes float16 reads and makes such versions; one that does not, or
// would overflow (sums of squares, long sums, products: float16 ends at 65504), reads and makes x itself. Casts stand between the two, one
// per value. Sub-graphs, functions and operators that draw random numbers stay float32.
//
// Weights beyond the range are clamped with a note, or refused; a single number that would become 0 (an epsilon) becomes the smallest that
// float16 has.

#include <cmath>

#include "base/format.hpp"
#include "graph/onnx.hpp"
#include "graph/subgraph.hpp"
#include "graph/wiring.hpp"
#include "optimize/rewrites/rewrite.hpp"

namespace upkeep::rewrites {

struct Float16 {
  std::string io = "float32";
  std::string beyond = "clamp";
  std::vector<std::string> keep;
};

}  // namespace upkeep::rewrites

namespace upkeep {

using rewrites::Float16;

template <>
inline const Settings settings<Float16> =
    describe<Float16>("float16", "keep weights and compute in float16",
                      field("io", &Float16::io, "type of the model's inputs and outputs", one_of({"float32", "float16"})),
                      field("beyond", &Float16::beyond, "what to do with weights beyond 65504", one_of({"clamp", "refuse"})),
                      field("keep", &Float16::keep, "operators (LayerNormalization) or nodes, by name, that stay float32"));

}  // namespace upkeep

namespace upkeep::rewrites {

namespace {

constexpr float kLargest = 65504.0f;
constexpr float kSmallest = 5.9604645e-8f;  // 2^-24

class Halving {
 public:
  Halving(const Model& model, const Float16& options, Change& change) : model_(model), options_(options), change_(change), wiring_(model) {}

  Graph run() {
    if (options_.io == "float16")
      for (const ValueInfo& input : model_.graph.inputs) turn_input(input);
    for (const Wiring::Id id : wiring_.ids()) {
      if (is_op(wiring_.node(id), "Constant")) continue;  // a weight: those who read it say in which type
      if (stays(wiring_.node(id))) keep(id);
      else halve(id);
    }
    for (const ValueInfo& output : model_.graph.outputs) finish_output(output);
    return with_io_types(wiring_.finish());
  }
  std::size_t halved() const { return halved_; }

 private:
  bool is_float(const std::string& name) const {
    const ValueType* type = wiring_.type(name);
    return type && type->dtype == DType::kFloat32;
  }

  bool stays(const Node& node) const {
    static const std::set<std::string_view> kOps = {"ReduceSum",
                                                    "ReduceMean",
                                                    "ReduceSumSquare",
                                                    "ReduceL1",
                                                    "ReduceL2",
                                                    "ReduceProd",
                                                    "ReduceLogSum",
                                                    "ReduceLogSumExp",
                                                    "CumSum",
                                                    "LpNormalization",
                                                    "MeanVarianceNormalization",
                                                    "Range",
                                                    "DequantizeLinear",
                                                    "QuantizeLinear",
                                                    "DynamicQuantizeLinear",
                                                    "Bernoulli",
                                                    "Multinomial"};
    if (!node.domain.empty() || kOps.contains(node.op) || node.find("dtype") || !subgraphs(node).empty()) return true;
    if (std::ranges::contains(options_.keep, node.op) || std::ranges::contains(options_.keep, node.name)) return true;
    return std::ranges::any_of(node.outputs, [&](const std::string& name) {
      const ValueType* type = name.empty() ? nullptr : wiring_.type(name);
      return !name.empty() && (!type || type->dtype == DType::kUndefined);  // sequences, and what is not known
    });
  }

  // --- the two versions of a value ---

  void ensure_float32(const std::string& name) {
    const auto half = half_.find(name);
    if (half != half_.end() && !wiring_.producer(name) && !wiring_.constant(name) && !model_.graph.input(name))
      add_cast(half->second, name, DType::kFloat32);
  }

  std::string half_of(const std::string& name) {
    if (const auto found = half_.find(name); found != half_.end()) return found->second;
    const Tensor* tensor = wiring_.constant(name);
    if (tensor) return half_[name] = wiring_.add_constant(name + "/float16", half_tensor(name, *tensor));
    const std::string half = wiring_.fresh(name + "/float16");
    add_cast(name, half, DType::kFloat16);
    return half_[name] = half;
  }

  void add_cast(const std::string& from, const std::string& to, DType dtype) {
    ValueType type = *wiring_.type(from);
    type.dtype = dtype;
    wiring_.add({.op = "Cast",
                 .domain = {},
                 .name = {},
                 .inputs = {from},
                 .outputs = {to},
                 .attributes = {{"to", static_cast<std::int64_t>(dtype), {}}}},
                {type});
  }

  Tensor half_tensor(const std::string& name, const Tensor& tensor) {
    std::vector<float> values(tensor.floats().begin(), tensor.floats().end());
    std::size_t beyond = 0;
    for (float& value : values) {
      if (std::isfinite(value) && std::abs(value) > kLargest) ++beyond, value = std::copysign(kLargest, value);
      if (values.size() == 1 && value != 0 && std::abs(value) < kSmallest) value = std::copysign(kSmallest, value);
    }
    if (beyond > 0 && options_.beyond == "refuse")
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("weight \"{}\" has {} values beyond float16's range of 65504", name, beyond),
                  "beyond=clamp takes the largest that there is");
    if (beyond > 0) change_.notes.push_back(upkeep::format("{}: {} values beyond 65504 were clamped", name, beyond));
    return Tensor(tensor.shape(), std::move(values)).cast(DType::kFloat16);
  }

  // --- nodes ---

  void keep(Wiring::Id id) {
    for (const std::string& name : reads_of(wiring_.node(id))) ensure_float32(name);
  }

  void halve(Wiring::Id id) {
    const Node node = wiring_.node(id);
    std::vector<std::string> inputs = node.inputs, outputs = node.outputs;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (!is_float(inputs[i])) continue;
      if (takes_type(model_, node, Side::kInput, i, DType::kFloat16)) inputs[i] = half_of(inputs[i]);
      else ensure_float32(inputs[i]);
    }
    for (std::size_t i = 0; i < outputs.size(); ++i)
      if (is_float(outputs[i]) && takes_type(model_, node, Side::kOutput, i, DType::kFloat16))
        outputs[i] = half_[node.outputs[i]] = half_output(outputs[i]);
    if (inputs == node.inputs && outputs == node.outputs) return;
    ++halved_;
    wiring_.change(id, [&](Node& changed) {
      changed.inputs = inputs;
      changed.outputs = outputs;
      if (outputs != node.outputs) halve_attributes(changed);
    });
  }

  std::string half_output(const std::string& name) {
    const std::string half = wiring_.fresh(name + "/float16");
    ValueType type = *wiring_.type(name);
    type.dtype = DType::kFloat16;
    wiring_.set_type(half, type);
    return half;
  }

  // What an attribute says of the result's type.
  void halve_attributes(Node& node) {
    if (node.op == "Cast") set_attribute(node, {"to", static_cast<std::int64_t>(DType::kFloat16), {}});
    if (node.op != "ConstantOfShape") return;
    const Tensor value = node.get<Tensor>("value", Tensor({1}, std::vector<float>{0}));
    set_attribute(node, {"value", half_tensor(node.outputs[0], value), {}});
  }

  // --- inputs and outputs ---

  // The input is the float16 version of what its readers call "x/float32" from now on.
  void turn_input(const ValueInfo& input) {
    if (input.type.dtype != DType::kFloat32) return;
    const std::string single = wiring_.fresh(input.name + "/float32");
    wiring_.forward(input.name, single);
    wiring_.set_type(single, input.type);
    ValueType type = input.type;
    type.dtype = DType::kFloat16;
    wiring_.set_type(input.name, type);
    half_[single] = input.name;
  }

  void finish_output(const ValueInfo& output) {
    if (!is_float(output.name)) return;
    if (options_.io == "float32") return ensure_float32(output.name);
    const std::string half = half_of(output.name);
    if (const auto from = wiring_.producer(output.name)) give_name(*from, output.name, wiring_.fresh(output.name + "/float32"));
    if (const auto from = wiring_.producer(half); from && !wiring_.is_output(half)) return give_name(*from, half, output.name);
    wiring_.add({.op = "Identity", .domain = {}, .name = {}, .inputs = {half}, .outputs = {output.name}}, {});
  }

  void give_name(Wiring::Id id, const std::string& from, const std::string& to) {
    wiring_.forward(from, to);
    wiring_.change(id, [&](Node& node) { std::ranges::replace(node.outputs, from, to); });
  }

  Graph with_io_types(Graph graph) const {
    if (options_.io == "float32") return graph;
    for (auto* list : {&graph.inputs, &graph.outputs})
      for (ValueInfo& info : *list)
        if (info.type.dtype == DType::kFloat32) info.type.dtype = DType::kFloat16;
    for (auto& [name, tensor] : graph.initializers)
      if (graph.input(name) && tensor.dtype() == DType::kFloat32) tensor = tensor.cast(DType::kFloat16);
    return graph;
  }

  const Model& model_;
  const Float16& options_;
  Change& change_;
  Wiring wiring_;
  std::map<std::string, std::string> half_;  // value -> its float16 version
  std::size_t halved_ = 0;
};

std::size_t halve_model(Model& model, const Float16& options, Change& change) {
  Halving halving(model, options, change);
  Graph made = halving.run();
  if (halving.halved() == 0) return 0;
  model.graph = std::move(made);
  return halving.halved();
}

}  // namespace

void add_float16(RewriteCatalog& catalog) { catalog.add(entry<Float16>(halve_model)); }

}  // namespace upkeep::rewrites
