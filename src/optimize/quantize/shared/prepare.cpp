#include "optimize/quantize/shared/prepare.hpp"

#include <cmath>

#include "base/format.hpp"
#include "graph/element_types.hpp"
#include "graph/onnx.hpp"
#include "graph/opset.hpp"
#include "graph/signature.hpp"
#include "graph/subgraph.hpp"
#include "optimize/quantize/shared/plan.hpp"
#include "optimize/rewrites/rewrite.hpp"
#include "train/trainer.hpp"

namespace upkeep::quantization {

namespace {

bool is_integer_op(const Node& node) {
  static const std::set<std::string_view> kOps = {
      "QuantizeLinear",      "DequantizeLinear",      "DynamicQuantizeLinear", "MatMulInteger", "ConvInteger",
      "QLinearConv",         "QLinearMatMul",         "MatMulNBits",           "QGemm",         "QLinearAdd",
      "DynamicQuantizeLSTM", "DynamicQuantizeMatMul", "MatMulIntegerToFloat"};
  return kOps.contains(node.op);
}

bool reads_weights(const Node& node) {
  static const std::set<std::string_view> kOps = {"Conv", "ConvTranspose", "Gemm", "MatMul", "LSTM", "GRU", "RNN", "Gather"};
  return node.domain.empty() && kOps.contains(node.op);
}

bool has_layers(const Graph& graph) { return std::ranges::any_of(graph.nodes, reads_weights); }

void say_what_stays(const Model& model, Change& change) {
  for (const Node& node : model.graph.nodes) {
    for (const GraphPtr& inner : subgraphs(node))
      if (has_layers(*inner))
        change.notes.push_back(upkeep::format("layers inside of {} \"{}\" stay in floats", node.op, layer_name(node)));
    if (is_own_function(model, node))
      change.notes.push_back(upkeep::format("\"{}\" calls the model's function {}, which stays in floats", layer_name(node), node.op));
  }
}

void expect_layers(const Model& model) {
  if (has_layers(model.graph)) return;
  throw Error(
      ErrorCode::kFailedPrecondition,
      "the model has no layer to quantise: no Conv, ConvTranspose, Gemm, MatMul, LSTM, GRU or Gather outside of sub-graphs and functions");
}

void as_float32(Model& model, Change& change) {
  for (const auto& [name, tensor] : model.graph.initializers)
    if (tensor.dtype() == DType::kFloat16 || tensor.dtype() == DType::kBFloat16) {
      rewrite(model, {"float32", Json::object()});
      change.notes.push_back("the model's float16 weights were made float32 first");
      return;
    }
  for (const auto& [name, tensor] : model.graph.initializers)
    if (tensor.dtype() == DType::kFloat64 && tensor.rank() >= 2)
      throw Error(ErrorCode::kUnsupported, upkeep::format("weight \"{}\" is of float64", name),
                  "the integers stand for numbers of float32");
}

Tensor scaled(const Tensor& tensor, float factor) {
  std::vector<float> values(tensor.floats().begin(), tensor.floats().end());
  for (float& value : values) value *= factor;
  return Tensor(tensor.shape(), std::move(values));
}

// A copy: what else is added to the graph moves its tensors.
std::optional<Tensor> float_constant_of(const Wiring& wiring, const std::string& name) {
  const Tensor* tensor = float_constant(wiring, name);
  return tensor ? std::optional(*tensor) : std::nullopt;
}

// alpha and beta go into weight and bias, which becomes one number per unit.
void plain_gemm(Wiring& wiring, Wiring::Id id) {
  const Node node = wiring.node(id);
  const float alpha = node.get<float>("alpha", 1), beta = node.get<float>("beta", 1);
  const std::optional<Tensor> weight = float_constant_of(wiring, node.inputs[1]);
  const std::string bias_name = input(node, 2);
  const std::optional<Tensor> bias = float_constant_of(wiring, bias_name);
  if (!weight || (!bias_name.empty() && !bias)) return;
  const std::int64_t units = weight->dim(node.get<std::int64_t>("transB", 0) != 0 ? 0 : 1);
  const bool flat = !bias || bias->shape() == Shape{units} || bias->size() != units;
  if (alpha == 1 && beta == 1 && flat) return;
  const std::string plain_weight = alpha == 1 ? node.inputs[1] : wiring.add_constant(node.inputs[1] + "/scaled", scaled(*weight, alpha));
  std::string plain_bias = bias_name;
  if (bias && (beta != 1 || !flat))
    plain_bias = wiring.add_constant(bias_name + "/scaled", scaled(flat ? *bias : bias->reshaped({units}), beta));
  wiring.change(id, [&](Node& changed) {
    changed.inputs[1] = plain_weight;
    if (bias) changed.inputs[2] = plain_bias;
    remove_attribute(changed, "alpha");
    remove_attribute(changed, "beta");
  });
}

// MatMul [N, K] x [K, M], Add [M]  ==>  Gemm
void dense_as_gemm(Wiring& wiring, Wiring::Id id) {
  const Node node = wiring.node(id);
  const auto dims = wiring.dims(node.inputs[0]);
  const std::optional<Tensor> weight = float_constant_of(wiring, node.inputs[1]);
  if (!dims || dims->size() != 2 || !weight || weight->rank() != 2) return;
  const auto next = wiring.only_reader(node.outputs[0]);
  if (!next || !is_op(wiring.node(*next), "Add")) return;
  const Node add = wiring.node(*next);
  const std::string other = add.inputs[0] == node.outputs[0] ? add.inputs[1] : add.inputs[0];
  const std::optional<Tensor> bias = float_constant_of(wiring, other);
  if (!bias || bias->size() != weight->dim(1) || bias->shape().back() != weight->dim(1) || bias->rank() > 2) return;
  const std::string flat = bias->rank() == 1 ? other : wiring.add_constant(other + "/flat", bias->reshaped({weight->dim(1)}));
  wiring.remove(id);
  wiring.change(*next, [&](Node& changed) {
    changed.op = "Gemm";
    changed.name = node.name.empty() ? changed.name : node.name;
    changed.inputs = {node.inputs[0], node.inputs[1], flat};
    changed.attributes.clear();
  });
}

// Pad -> Conv  ==>  Conv with pads. Not when: the Pad is read by others, pads more than the places of a picture, or with other numbers than
// 0.
void pad_in_convolution(Wiring& wiring, Wiring::Id id) {
  const Node node = wiring.node(id);
  const auto above = wiring.producer(node.inputs[0]);
  if (!above || !is_op(wiring.node(*above), "Pad") || !wiring.only_reader(node.inputs[0])) return;
  const Node pad = wiring.node(*above);
  const auto sizes = integers(wiring.constant(input(pad, 1)));
  const std::optional<Tensor> value = float_constant_of(wiring, input(pad, 2));
  if (!sizes || !input(pad, 3).empty() || pad.get<std::string>("mode", "constant") != "constant") return;
  if (!input(pad, 2).empty() && (!value || value->floats()[0] != 0)) return;
  const std::string auto_pad = node.get<std::string>("auto_pad", "NOTSET");
  const std::size_t rank = sizes->size() / 2;
  if (rank < 3 || (auto_pad != "NOTSET" && auto_pad != "VALID")) return;
  std::vector<std::int64_t> pads = node.get("pads", std::vector<std::int64_t>(2 * (rank - 2), 0));
  for (std::size_t i = 0; i < sizes->size(); ++i) {
    const std::size_t axis = i % rank;
    if ((*sizes)[i] < 0 || (axis < 2 && (*sizes)[i] != 0)) return;
    if (axis >= 2) pads.at(i / rank * (rank - 2) + axis - 2) += (*sizes)[i];
  }
  wiring.change(id, [&](Node& changed) {
    changed.inputs[0] = pad.inputs[0];
    remove_attribute(changed, "auto_pad");
    set_attribute(changed, {"pads", pads, {}});
  });
}

void write_layers_plainly(Model& model) {
  Wiring wiring(model);
  for (const Wiring::Id id : wiring.ids()) {
    if (!wiring.alive(id)) continue;
    if (is_op(wiring.node(id), "Gemm")) plain_gemm(wiring, id);
    else if (is_op(wiring.node(id), "MatMul")) dense_as_gemm(wiring, id);
    else if (is_op(wiring.node(id), "Conv")) pad_in_convolution(wiring, id);
  }
  model.graph = wiring.finish();
}

}  // namespace

void refuse_quantized(const Graph& graph) {
  for (const Node& node : graph.nodes) {
    if (is_integer_op(node))
      throw Error(ErrorCode::kFailedPrecondition, upkeep::format("the model is quantised already: {} \"{}\"", node.op, layer_name(node)),
                  "quantise the float model that it was made from");
    for (const GraphPtr& inner : subgraphs(node)) refuse_quantized(*inner);
  }
}

// The rewrite, without the checks around it: the whole quantisation is checked at its end.
static void fold(Model& model, const char* step) {
  Model folded = model;
  Change change;
  if (rewrites::catalog().at(step).apply(folded, Json::object(), change) > 0) model = std::move(folded);
}

// No integer stands for what is not finite.
static void expect_finite_weights(const Model& model) {
  const Wiring wiring(model);
  for (const Wiring::Id id : wiring.ids()) {
    const Node& node = wiring.node(id);
    if (!reads_weights(node)) continue;
    for (const std::string& name : node.inputs) {
      const Tensor* weight = float_constant(wiring, name);
      if (weight && !std::ranges::all_of(weight->floats(), [](float value) { return std::isfinite(value); }))
        throw Error(ErrorCode::kFailedPrecondition,
                    upkeep::format("weight \"{}\" of {} \"{}\" has values that are not finite", name, node.op, layer_name(node)),
                    "train the model again, or go back to a version whose weights are numbers");
    }
  }
}

void prepare(Model& model, std::int64_t opset, Change& change) {
  expect_layers(model);
  say_what_stays(model, change);
  as_float32(model, change);
  if (const std::int64_t before = upkeep::opset(model); before < opset) {
    set_opset(model, opset);
    change.notes.push_back(upkeep::format("operator set {} became {}, the oldest that can say the result", before, opset));
  }
  for (const char* step : {"fold-constants", "drop-identities", "fold-batch-normalization"}) fold(model, step);
  write_layers_plainly(model);
  expect_finite_weights(model);
}

namespace {

std::set<std::int64_t> rows_not_finite(const Tensor& tensor) {
  std::set<std::int64_t> rows;
  if (tensor.dtype() != DType::kFloat32 || tensor.rank() == 0 || tensor.size() == 0) return rows;
  const auto width = static_cast<std::size_t>(tensor.size() / tensor.dim(0));
  for (std::size_t i = 0; i < tensor.floats().size(); ++i)
    if (!std::isfinite(tensor.floats()[i])) rows.insert(static_cast<std::int64_t>(i / width));
  return rows;
}

bool is_not_finite(float value) { return !std::isfinite(value); }

std::string column_of(const Model& model, const std::string& name, const Tensor& tensor, std::int64_t row) {
  const Tensor one = tensor.rows(row, row + 1);
  const auto at = static_cast<std::size_t>(std::ranges::find_if(one.floats(), is_not_finite) - one.floats().begin());
  const Signature signature = signature_of(model);
  for (const InputSignature& known : signature.inputs)
    if (known.name == name && !known.features.empty())
      return upkeep::format("column \"{}\"", known.features[at % known.features.size()].column);
  return upkeep::format("input \"{}\", element {}", name, at);
}

}  // namespace

void check_rows(const Model& model, const QuantizeContext& context) {
  for (const auto& [name, tensor] : context.rows)
    for (const std::int64_t row : rows_not_finite(tensor)) {
      Tensors alone;
      for (const auto& [input_name, all] : context.rows) alone.emplace(input_name, all.rank() == 0 ? all : all.rows(row, row + 1));
      const Tensors answers = predict(model, alone, 1, context.threads);
      if (std::ranges::none_of(answers, [](const auto& one) { return !rows_not_finite(one.second).empty(); })) continue;
      const std::int64_t number = context.row_numbers.empty() ? row + 1 : context.row_numbers[static_cast<std::size_t>(row)];
      throw Error(ErrorCode::kInvalidArgument,
                  upkeep::format("row {} of the calibration data has NaN or infinity in {}", number, column_of(model, name, tensor, row)),
                  "calibrate with rows that are complete");
    }
}

}  // namespace upkeep::quantization
