#include "graph/inference.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>

#include "base/names.hpp"
#include "graph/onnx_proto.hpp"

namespace upkeep {
namespace {

constexpr std::int64_t kConstantElements = 1024;  // shapes, axes, scales: what inference functions read is never longer

std::string signature(const Node& node, const Inference& types) {
  std::vector<std::string> inputs;
  for (const std::string& name : node.inputs) {
    const ValueType* type = types.type(name);
    inputs.push_back(name.empty() ? "none" : "\"" + name + "\" " + (type ? to_string(*type) : "unknown"));
  }
  return node.op + "(" + join(inputs) + ")";
}

// Sub-graphs of different nodes may use the same names, and libonnx keeps what it knows of their values by name: each gets its own copy.
bool has_graph(const onnx::NodeProto& message) {
  return std::ranges::any_of(message.attribute(), [](const onnx::AttributeProto& one) { return one.has_g() || one.graphs_size() > 0; });
}

// libonnx says nothing of these when a size is unknown that it needs. Their rank is that of the first input all the same, and so is the
// shape of those that normalise; other sizes get symbols of their own.
bool keeps_shape(const Node& node) { return node.op == "GroupNormalization" || node.op == "MeanVarianceNormalization"; }

bool keeps_rank(const Node& node) {
  static const std::set<std::string_view> kOperators = {"Conv",   "ConvTranspose", "DeformConv", "MaxPool",
                                                        "LpPool", "AveragePool",   "MaxUnpool"};
  return node.domain.empty() && (kOperators.contains(node.op) || keeps_shape(node));
}

// libonnx knows no shapes of these (ai.onnx.ml), which work on each element by itself or on rows. The type of elements; nullopt: of others.
std::optional<DType> type_of_scaled(const Node& node, const ValueType& input) {
  if (node.domain != "ai.onnx.ml") return std::nullopt;
  if (node.op == "Scaler" || node.op == "Normalizer") return DType::kFloat32;
  return node.op == "Imputer" || node.op == "Binarizer" ? std::optional(input.dtype) : std::nullopt;
}

void give_rank(const Node& node, std::size_t output, const ValueType& input, onnx::TypeProto& type) {
  if (type.value_case() != onnx::TypeProto::kTensorType || type.tensor_type().has_shape() || !input.shape) return;
  ValueType made{.dtype = DType::kUndefined, .shape = *input.shape, .opaque = {}};
  for (std::size_t i = 1; i < made.shape->size() && !keeps_shape(node); ++i)
    (*made.shape)[i] = Dim(node.outputs[output] + "/" + std::to_string(i));
  made.dtype = proto::type_from(type).dtype;
  proto::to_message(made, type);
}

// The rank of a reduction whose axes are not known. Over everything it is a single number; axes that are kept stay as many as they were.
std::optional<std::size_t> rank_of_reduction(const Node& node, const ValueType* from) {
  const bool has_axes = (node.inputs.size() > 1 && !node.inputs[1].empty()) || node.find("axes");
  if (node.get<std::int64_t>("keepdims", 1) != 0) return from && from->shape ? std::optional(from->shape->size()) : std::nullopt;
  if (!has_axes && node.get<std::int64_t>("noop_with_empty_axes", 0) == 0) return 0;
  return std::nullopt;
}

// The rank of what is given the shape `wanted`, of which the length is known.
std::optional<std::size_t> rank_of_shaped(const Node& node, const ValueType* from, const ValueType* wanted) {
  if (!wanted || !wanted->shape || wanted->shape->size() != 1 || !(*wanted->shape)[0].known()) return std::nullopt;
  const auto length = static_cast<std::size_t>((*wanted->shape)[0].value);
  if (node.op != "Expand") return length;
  return from && from->shape ? std::optional(std::max(length, from->shape->size())) : std::nullopt;
}

// libonnx follows sums, differences and products of sizes, and no quotients: PyTorch halves channels so.
bool is_quotient(const Node& node) { return node.op == "Div" && node.domain.empty(); }

void propagate_quotient(onnx::DataPropagationContext& context) {
  const onnx::TensorShapeProto* left = context.getInputData(0);
  const onnx::TensorShapeProto* right = context.getInputData(1);
  if (!left || !right || (left->dim_size() != right->dim_size() && left->dim_size() != 1 && right->dim_size() != 1)) return;
  const auto entry = [](const onnx::TensorShapeProto& of, int i) { return of.dim(of.dim_size() == 1 ? 0 : i); };
  onnx::TensorShapeProto quotient;
  for (int i = 0; i < std::max(left->dim_size(), right->dim_size()); ++i) {
    const auto a = entry(*left, i), b = entry(*right, i);
    auto& made = *quotient.add_dim();
    if (a.has_dim_value() && b.has_dim_value() && b.dim_value() > 0) made.set_dim_value(a.dim_value() / b.dim_value());
    else if (b.has_dim_value() && b.dim_value() == 1) made = a;
  }
  context.addOutputData(0, std::move(quotient));
}

// libonnx describes a <= b by a < b, and says nothing of its shape, which is the same.
const onnx::OpSchema& with_inference(const Node& node, const onnx::OpSchema& schema) {
  if (!node.domain.empty() || (node.op != "LessOrEqual" && node.op != "GreaterOrEqual")) return schema;
  const onnx::OpSchema* strict = onnx::OpSchemaRegistry::Instance()->GetSchema("Less", schema.since_version(), "");
  return strict ? *strict : schema;
}

}  // namespace

Inference::Inference(const Model& model) : model_(model) {
  for (const std::string& bytes : model.functions) {
    onnx::FunctionProto& function = functions_.emplace_back();
    if (!function.ParseFromString(bytes)) throw Error(ErrorCode::kInternal, "a function of the model is damaged");
    function_by_name_[function.domain() + ":" + function.name()] = &function;
  }
  refresh_opsets();
}

void Inference::refresh_opsets() {
  opsets_.clear();
  for (const auto& [domain, version] : model_.opsets) opsets_[domain] = static_cast<int>(version);
}

bool Inference::knows_opsets() const {
  const auto known = [&](const auto& opset) {
    const auto found = opsets_.find(opset.first);
    return found != opsets_.end() && found->second == opset.second;
  };
  return opsets_.size() == model_.opsets.size() && std::ranges::all_of(model_.opsets, known);
}

void Inference::declare(const std::string& name, const ValueType& type) {
  if (name.empty()) return;
  types_[name] = type;
  if (type == ValueType{}) return;
  onnx::TypeProto& message = messages_.emplace_back();
  proto::to_message(type, message);
  message_by_name_[name] = &message;
}

void Inference::constant(const std::string& name, const Tensor& tensor) {
  declare(name, {tensor.dtype(), Dims(tensor.shape().begin(), tensor.shape().end()), {}});
  if (tensor.size() > kConstantElements || tensor.dtype() == DType::kString) return;
  onnx::TensorProto& message = tensors_.emplace_back();
  proto::to_message(tensor, message);
  tensor_by_name_[name] = &message;
}

const ValueType* Inference::type(const std::string& name) const {
  const auto found = types_.find(name);
  return found == types_.end() ? nullptr : &found->second;
}

void Inference::rename(const std::string& from, const std::string& to) {
  const auto move = [&](auto& map) {
    if (auto entry = map.extract(from)) {
      entry.key() = to;
      map.insert(std::move(entry));
    }
  };
  move(types_), move(message_by_name_), move(tensor_by_name_), move(values_);
}

const onnx::OpSchema* Inference::schema(const Node& node) const {
  const auto opset = opsets_.find(node.domain);
  if (opset == opsets_.end()) return nullptr;
  return onnx::OpSchemaRegistry::Instance()->GetSchema(node.op, opset->second, node.domain);
}

void Inference::add(const Node& node) {
  if (!knows_opsets()) refresh_opsets();
  const onnx::OpSchema* found = schema(node);
  const bool function = function_by_name_.contains(node.domain + ":" + node.op);
  if (!found && !function && node.domain.empty())
    throw Error(ErrorCode::kInvalidArgument, "operator set " + std::to_string(opsets_[""]) + " has no operator \"" + node.op + "\"");
  onnx::NodeProto message;
  proto::to_message(node, message);
  onnx::shape_inference::DataValueMap inner = has_graph(message) ? values_ : onnx::shape_inference::DataValueMap();
  onnx::shape_inference::GraphInferenceContext graph(message_by_name_, opsets_, &symbols_, function_by_name_,
                                                     onnx::OpSchemaRegistry::Instance(), &inner, static_cast<int>(model_.ir_version));
  const onnx::ShapeInferenceOptions options(true, 1, true);
  try {
    if (found) found->Verify(message);
    onnx::shape_inference::InferenceContextImpl context(message, message_by_name_, tensor_by_name_, {}, options, &values_, &graph);
    run(node, message, found, context);
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    throw Error(ErrorCode::kInvalidArgument, signature(node, *this) + ": " + proto::plain_message(error.what()));
  }
}

void Inference::run(const Node& node, onnx::NodeProto& message, const onnx::OpSchema* found,
                    onnx::shape_inference::InferenceContextImpl& context) {
  if (found) {
    found->CheckInputOutputType(context);
    with_inference(node, *found).GetTypeAndShapeInferenceFunction()(context);
  } else if (const auto function = function_by_name_.find(node.domain + ":" + node.op); function != function_by_name_.end()) {
    onnx::shape_inference::InferShapeForFunctionNode(*function->second, onnx::OpSchemaRegistry::Instance(), context, {}, function_by_name_,
                                                     &symbols_);
  }
  if (node.domain.empty()) refine_rank(node, context.allOutputTypes_[0]);
  if (node.op == "Reshape" && node.domain.empty()) refine_reshape(node, context.allOutputTypes_[0]);
  if (const ValueType* first = keeps_rank(node) ? type(node.inputs[0]) : nullptr)
    for (std::size_t i = 0; i < node.outputs.size(); ++i) give_rank(node, i, *first, context.allOutputTypes_[i]);
  if (const ValueType* first = node.inputs.empty() ? nullptr : type(node.inputs[0]))
    if (const std::optional<DType> dtype = type_of_scaled(node, *first); dtype && first->shape)
      proto::to_message(ValueType{.dtype = *dtype, .shape = first->shape, .opaque = {}}, context.allOutputTypes_[0]);
  for (std::size_t i = 0; i < node.outputs.size(); ++i) {
    const onnx::TypeProto& type = context.allOutputTypes_[i];
    declare(node.outputs[i], type.value_case() == onnx::TypeProto::VALUE_NOT_SET ? ValueType{} : proto::type_from(type));
  }
  if (node.op == "Constant" && node.domain.empty()) {
    if (const Attribute* value = node.find("value"); value && std::holds_alternative<Tensor>(value->value))
      constant(node.outputs[0], std::get<Tensor>(value->value));
  }
  if (found && (found->has_data_propagation_function() || is_quotient(node))) propagate(node, message, *found);
}

// Only for what can be a shape: a scalar or a short vector of integers.
void Inference::propagate(const Node& node, onnx::NodeProto& message, const onnx::OpSchema& found) {
  const ValueType* output = type(node.outputs[0]);
  if (!output || (output->dtype != DType::kInt64 && output->dtype != DType::kInt32)) return;
  if (!output->shape || output->shape->size() > 1 || tensor_by_name_.contains(node.outputs[0])) return;
  onnx::shape_inference::DataPropagationContextImpl context(message, message_by_name_, tensor_by_name_, values_);
  if (is_quotient(node)) propagate_quotient(context);
  else found.GetDataPropagationFunction()(context);
}

// libonnx says nothing about a shape that depends on values it does not know. Its rank often does not.
void Inference::refine_rank(const Node& node, onnx::TypeProto& output) const {
  if (node.inputs.empty() || !output.has_tensor_type() || output.tensor_type().has_shape()) return;
  const ValueType* from = type(node.inputs[0]);
  std::optional<std::size_t> rank;
  if (node.op == "Reshape" || node.op == "Expand") rank = rank_of_shaped(node, from, type(node.inputs[1]));
  if (node.op == "ConstantOfShape") rank = rank_of_shaped(node, nullptr, from);
  if (node.op.starts_with("Reduce")) rank = rank_of_reduction(node, from);
  if (!rank) return;
  onnx::TensorShapeProto& shape = *output.mutable_tensor_type()->mutable_shape();
  for (std::size_t i = 0; i < *rank; ++i) shape.add_dim();
}

// libonnx gives up on -1 as soon as one dimension is symbolic. Where all that the input's dimensions and the target's have not in
// common is one symbol, that symbol is the answer: [batch, 28, 28] -> [-1, 784] = [batch, 784].
void Inference::refine_reshape(const Node& node, onnx::TypeProto& output) const {
  const ValueType* from = type(node.inputs[0]);
  if (!from || !from->shape || !output.tensor_type().has_shape()) return;
  std::int64_t known_in = 1;
  std::int64_t known_out = 1;
  std::vector<std::string> symbols;
  for (const Dim& dim : *from->shape) {
    if (!dim.known()) symbols.push_back(dim.symbol);
    else if (__builtin_mul_overflow(known_in, dim.value, &known_in)) return;
  }
  onnx::TensorShapeProto_Dimension* open = nullptr;
  for (auto& dim : *output.mutable_tensor_type()->mutable_shape()->mutable_dim()) {
    const auto same = dim.dim_param().empty() ? symbols.end() : std::ranges::find(symbols, dim.dim_param());
    if (dim.has_dim_value()) {
      if (__builtin_mul_overflow(known_out, dim.dim_value(), &known_out)) return;
    } else if (same != symbols.end()) {
      symbols.erase(same);
    } else if (open || dim.has_dim_param()) {
      return;
    } else {
      open = &dim;
    }
  }
  if (!open || known_out == 0) return;
  if (symbols.empty() && known_in % known_out == 0) open->set_dim_value(known_in / known_out);
  else if (symbols.size() == 1 && !symbols[0].empty() && known_in == known_out) open->set_dim_param(symbols[0]);
}

}  // namespace upkeep
