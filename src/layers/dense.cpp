// y = activation(x kernel + bias), over the last axis of x.   kernel [inputs, units], bias [units]
//
// Gemm for matrices, MatMul and Add for more axes; the kernel stays in Keras's layout either way.

#include <algorithm>

#include "graph/permutation.hpp"
#include "layers/keras/form.hpp"
#include "layers/layer.hpp"
#include "layers/shared/activations.hpp"
#include "layers/shared/weight_settings.hpp"
#include "layers/view/graph_view.hpp"

namespace upkeep {
namespace layers {

struct DenseOptions {
  std::int64_t units = 0;
  Json activation = nullptr;
  bool use_bias = true;
  WeightSettings kernel{"glorot_uniform"};
  WeightSettings bias{"zeros"};
  Json activity_regularizer = nullptr;
  bool trainable = true;
};

}  // namespace layers

template <>
const Settings settings<layers::DenseOptions> = layers::describe_layer(
    "dense", "fully connected: activation(x kernel + bias)",
    field("units", &layers::DenseOptions::units, "number of outputs; must be given", range(1, 1 << 24)),
    field("activation", &layers::DenseOptions::activation, "activation function; null for none"),
    field("use_bias", &layers::DenseOptions::use_bias, "whether to add a bias"),
    layers::weight_fields("kernel", &layers::DenseOptions::kernel), layers::weight_fields("bias", &layers::DenseOptions::bias),
    field("activity_regularizer", &layers::DenseOptions::activity_regularizer, "penalty on the output"),
    field("trainable", &layers::DenseOptions::trainable, "whether training changes the weights"));

namespace layers {
namespace {

class Dense : public Layer {
 public:
  using Options = DenseOptions;

  explicit Dense(Options options) : options_(std::move(options)) {
    if (options_.units == 0) throw Error(ErrorCode::kInvalidArgument, "a dense layer needs a number of units", "such as units: 10");
    activation_ = in_context("dense.activation", [&] { return read_activation(options_.activation); });
    check(options_.kernel, "dense", "kernel");
    check(options_.bias, "dense", "bias");
    in_context("dense.activity_regularizer", [&] { check_regularizer(options_.activity_regularizer); });
  }

  std::vector<WeightSpec> weights(const std::vector<Dims>& inputs) const override {
    const Dims& input = inputs[0];
    if (input.size() < 2) throw Error(ErrorCode::kInvalidArgument, "it expects an input of two axes or more, got " + to_string(input));
    if (!input.back().known())
      throw Error(ErrorCode::kInvalidArgument, "it expects a known size of the input's last axis, got " + to_string(input),
                  "give the input layer its shape");
    std::vector<WeightSpec> all = {weight_spec("kernel", {input.back().value, options_.units}, options_.kernel, options_.trainable)};
    if (options_.use_bias) all.push_back(weight_spec("bias", {options_.units}, options_.bias, options_.trainable));
    return all;
  }

  Value build(const BuildContext& context) const override {
    Ops& ops = context.ops;
    const Value x = ops.cast(context.inputs[0], DType::kFloat32);
    const Value kernel = context.weight("kernel");
    Value y;
    if (!options_.use_bias) y = ops.matmul(x, kernel);
    else if (x.rank() == 2) y = ops.gemm(x, kernel, context.weight("bias"), false, false);
    else y = ops.add(ops.matmul(x, kernel), context.weight("bias"));
    y = activate(ops, y, activation_);
    penalise(context, y, options_.activity_regularizer);
    return y;
  }

  bool supports_masking() const override { return true; }

 private:
  Options options_;
  Activation activation_;
};

// --- recognition: Gemm, or MatMul and perhaps Add, and the activation that follows --------------------------------------

Tensor times(const Tensor& tensor, float factor) {
  if (factor == 1) return tensor;
  std::vector<float> values(tensor.floats().begin(), tensor.floats().end());
  for (float& value : values) value *= factor;
  return Tensor(tensor.shape(), std::move(values));
}

// A constant that adds one number per unit: [units], [1, units], or one number for all.
std::optional<Tensor> as_bias(const Tensor& constant, std::int64_t units, std::size_t most_axes) {
  if (constant.rank() > std::max<std::size_t>(most_axes, 1)) return std::nullopt;
  if (constant.size() == 1) return Tensor::full({units}, constant.floats()[0]);
  if (constant.size() != units || constant.shape().back() != units) return std::nullopt;
  return constant.reshaped({units});
}

std::optional<Recognised> gemm(const GraphView& graph, std::size_t index) {
  const Node& node = graph.nodes[index];
  const std::optional<Tensor> kernel = float_constant(graph, node.inputs[1]);
  if (!kernel || kernel->rank() != 2 || float_constant(graph, node.inputs[0]) || node.get<std::int64_t>("transA", 0) != 0)
    return std::nullopt;
  const Tensor oriented = node.get<std::int64_t>("transB", 0) != 0 ? permuted(*kernel, {1, 0}) : *kernel;
  Recognised found{.weights = {{"kernel", times(oriented, node.get<float>("alpha", 1))}},
                   .nodes = {index},
                   .inputs = {node.inputs[0]},
                   .output = node.outputs[0]};
  if (node.inputs.size() < 3 || node.inputs[2].empty()) return found;
  const std::optional<Tensor> addend = float_constant(graph, node.inputs[2]);
  const std::optional<Tensor> bias = addend ? as_bias(*addend, oriented.dim(1), 2) : std::nullopt;
  if (!bias) return std::nullopt;
  found.weights.emplace_back("bias", times(*bias, node.get<float>("beta", 1)));
  return found;
}

std::optional<Recognised> matmul(const GraphView& graph, std::size_t index) {
  const Node& node = graph.nodes[index];
  const std::optional<Tensor> kernel = float_constant(graph, node.inputs[1]);
  if (!kernel || kernel->rank() != 2 || float_constant(graph, node.inputs[0])) return std::nullopt;
  Recognised found{.weights = {{"kernel", *kernel}}, .nodes = {index}, .inputs = {node.inputs[0]}, .output = node.outputs[0]};
  const std::optional<std::size_t> next = graph.only_reader(found.output);
  if (!next || !is_op(graph.nodes[*next], "Add")) return found;
  const std::optional<Operand> addend = constant_operand(graph, graph.nodes[*next]);
  const Dims* product = dims(graph, found.output);
  const std::optional<Tensor> bias = addend ? as_bias(addend->constant, kernel->dim(1), product ? product->size() : 1) : std::nullopt;
  if (!bias) return found;
  found.weights.emplace_back("bias", *bias);
  found.nodes.push_back(*next);
  found.output = graph.nodes[*next].outputs[0];
  return found;
}

std::optional<Recognised> recognise_dense(const GraphView& graph, std::size_t index) {
  const Node& node = graph.nodes[index];
  std::optional<Recognised> found;
  if (is_op(node, "Gemm")) found = gemm(graph, index);
  if (is_op(node, "MatMul")) found = matmul(graph, index);
  if (!found) return found;
  found->settings["units"] = found->weights[0].second.dim(1);
  if (found->weights.size() == 1) found->settings["use_bias"] = false;
  if (const auto activation = recognise_activation_after(graph, found->output)) {
    found->settings["activation"] = activation_setting(activation->activation);
    found->nodes.insert(found->nodes.end(), activation->nodes.begin(), activation->nodes.end());
    found->output = activation->output;
  }
  return found;
}

}  // namespace

void add_dense(LayerCatalog& catalog) { catalog.add(entry<Dense>("Dense", recognise_dense)); }

}  // namespace layers
}  // namespace upkeep
