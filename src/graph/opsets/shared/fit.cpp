// What an operator set allows, and what a node says that goes without saying.
#include <onnx/defs/data_type_utils.h>
#include <onnx/defs/schema.h>

#include <algorithm>

#include "graph/onnx_file.hpp"
#include "graph/opsets/shared/change.hpp"

namespace upkeep::opsets {
namespace {

using FormalParameter = onnx::OpSchema::FormalParameter;

// "tensor(float)", "seq(tensor(int64))"; nullptr where it is not known.
const std::string* type_text(const ValueType* type) {
  if (!type || (type->dtype == DType::kUndefined && type->opaque.empty())) return nullptr;
  onnx::TypeProto message;
  proto::to_message(*type, message);
  try {
    return onnx::Utils::DataTypeUtils::ToType(message);
  } catch (const std::exception&) {  // a type that is newer than libonnx
    return nullptr;
  }
}

std::string misfit_of_types(const std::vector<std::string>& names, const std::vector<FormalParameter>& formal, const Known& known) {
  for (std::size_t i = 0; i < names.size() && !formal.empty(); ++i) {
    const std::string* type = names[i].empty() ? nullptr : type_text(known.type(names[i]));
    const FormalParameter& parameter = formal[std::min(i, formal.size() - 1)];
    if (type && std::ranges::none_of(parameter.GetTypes(), [&](const std::string* one) { return *one == *type; }))
      return "\"" + names[i] + "\" is " + *type + ", which " + parameter.GetName() + " is not there";
  }
  return {};
}

std::string misfit_of_attributes(const Node& node, const onnx::OpSchema& schema) {
  for (const Attribute& attribute : node.attributes)
    if (!schema.attributes().contains(attribute.name)) return "it has no attribute \"" + attribute.name + "\" there";
  return {};
}

bool is_all_ones(const Attribute& attribute) {
  const auto* list = std::get_if<std::vector<std::int64_t>>(&attribute.value);
  return list && std::ranges::all_of(*list, [](std::int64_t one) { return one == 1; });
}

bool says_the_default(const Attribute& attribute, const onnx::OpSchema& schema) {
  const auto known = schema.attributes().find(attribute.name);
  if (known == schema.attributes().end()) return false;
  if (attribute.name == "dilations") return is_all_ones(attribute);
  Node said;
  said.attributes = {{attribute.name, attribute.value, {}}};
  onnx::NodeProto message;
  proto::to_message(said, message);
  onnx::AttributeProto usual = known->second.default_value;
  usual.clear_doc_string();
  return message.attribute(0).SerializeAsString() == usual.SerializeAsString();
}

// The types in attributes, where nothing is known of what comes out.
std::string misfit_of_cast(const Node& node, const onnx::OpSchema& schema) {
  const Attribute* to = node.op == "Cast" ? node.find("to") : nullptr;
  const auto* number = to ? std::get_if<std::int64_t>(&to->value) : nullptr;
  if (!number) return {};
  const ValueType type{static_cast<DType>(*number), {}, {}};
  const std::string* text = type_text(&type);
  if (!text || std::ranges::none_of(schema.outputs()[0].GetTypes(), [&](const std::string* one) { return *one == *text; }))
    return "it gives no " + (text ? *text : std::to_string(*number)) + " there";
  return {};
}

std::string first_set_with(const std::string& op) {
  for (int version = 1; version <= 64; ++version)
    if (const auto* schema = onnx::OpSchemaRegistry::Schema(op, version, ""); schema && !schema->Deprecated())
      return "it came with operator set " + std::to_string(version);
  return "no operator set has it";
}

template <typename T>
Tensor tensor_of_list(const std::vector<T>& list) {
  return Tensor({static_cast<std::int64_t>(list.size())}, list);
}

std::optional<Tensor> constant_of_node(const Node& node) {
  for (const Attribute& attribute : node.attributes) {
    if (const auto* tensor = std::get_if<Tensor>(&attribute.value)) return *tensor;
    if (const auto* one = std::get_if<std::int64_t>(&attribute.value)) return Tensor::scalar(*one);
    if (const auto* one = std::get_if<float>(&attribute.value)) return Tensor::scalar(*one);
    if (const auto* list = std::get_if<std::vector<std::int64_t>>(&attribute.value)) return tensor_of_list(*list);
    if (const auto* list = std::get_if<std::vector<float>>(&attribute.value)) return tensor_of_list(*list);
  }
  return std::nullopt;
}

constexpr std::int64_t kFoldedElements = 1024;  // axes, sizes, pads are never more

std::optional<Tensor> joined_integers(const Node& node, const Known& known) {
  std::vector<std::int64_t> all;
  for (const std::string& name : node.inputs) {
    const Tensor* part = known.constant(name);
    if (!part || part->dtype() != DType::kInt64 || part->rank() != 1 || part->size() > kFoldedElements) return std::nullopt;
    all.insert(all.end(), part->data<std::int64_t>().begin(), part->data<std::int64_t>().end());
  }
  return tensor_of_list(all);
}

std::optional<Tensor> reshaped_constant(const Node& node, const Tensor& tensor, const Known& known) {
  const ValueType* type = known.type(node.outputs[0]);
  if (!type || !type->shape || std::ranges::any_of(*type->shape, [](const Dim& dim) { return !dim.known(); })) return std::nullopt;
  Shape shape;
  for (const Dim& dim : *type->shape) shape.push_back(dim.value);
  return element_count(shape) == tensor.size() ? std::optional(tensor.reshaped(shape)) : std::nullopt;
}

bool is_number(DType dtype) { return dtype != DType::kString && dtype != DType::kUndefined && size_bits(dtype) >= 8; }

}  // namespace

std::string misfit(const Node& node, std::int64_t version, const Known& known) {
  const auto* schema = onnx::OpSchemaRegistry::Schema(node.op, static_cast<int>(version), "");
  if (!schema) return first_set_with(node.op);
  if (schema->Deprecated()) return "it is deprecated there";
  if (std::string why = misfit_of_attributes(node, *schema); !why.empty()) return why;
  if (std::string why = misfit_of_cast(node, *schema); !why.empty()) return why;
  onnx::NodeProto message;
  proto::to_message(node, message, proto::leave_out_data);
  try {
    schema->Verify(message);
  } catch (const std::exception& error) {
    return proto::plain_message(error.what());
  }
  if (std::string why = misfit_of_types(node.inputs, schema->inputs(), known); !why.empty()) return why;
  if (node.op == "Constant" && version < 9) return {};  // of floats, says ONNX; exporters wrote, and runtimes read, all types
  return misfit_of_types(node.outputs, schema->outputs(), known);
}

void drop_defaults(Node& node, std::int64_t from, std::int64_t to) {
  const auto* now = onnx::OpSchemaRegistry::Schema(node.op, static_cast<int>(from), "");
  const auto* next = onnx::OpSchemaRegistry::Schema(node.op, static_cast<int>(to), "");
  if (!now || !next) return;
  std::erase_if(node.attributes, [&](const Attribute& attribute) {
    return !next->attributes().contains(attribute.name) && says_the_default(attribute, *now);
  });
}

std::optional<Tensor> constant_result(const Node& node, const Known& known) {
  if (!node.domain.empty() || node.outputs.size() != 1) return std::nullopt;
  if (node.op == "Constant") return constant_of_node(node);
  if (node.op == "Concat" && node.get<std::int64_t>("axis", 0) == 0) return joined_integers(node, known);
  const Tensor* tensor = node.inputs.empty() ? nullptr : known.constant(node.inputs[0]);
  if (!tensor) return std::nullopt;
  if (node.op == "Identity") return *tensor;
  if (tensor->size() > kFoldedElements) return std::nullopt;
  if (node.op == "Cast") {
    const auto to = static_cast<DType>(node.get<std::int64_t>("to", 0));
    return is_number(to) && is_number(tensor->dtype()) ? std::optional(tensor->cast(to)) : std::nullopt;
  }
  if (node.op == "Squeeze" || node.op == "Unsqueeze" || node.op == "Reshape") return reshaped_constant(node, *tensor, known);
  return std::nullopt;
}

}  // namespace upkeep::opsets
