// Node by node and version by version, so that everything that does not change stays as it is: names, types, documentation, metadata.
//
//   1. an operator whose definition is the same in both versions stays
//   2. what is said below: where ONNX's own converter has no way down
//   3. ONNX's own converter, which is handed a model of this one node
//   4. where the new version has no such operator, what ONNX defines it by
//   5. a node that the new version allows just as it stands (mostly, versions add types), unless the meaning has changed
//
// The converter is not handed whole models: it leaves out functions, metadata and whatever else its intermediate form does not know.

#include "graph/opset.hpp"

#include <onnx/defs/schema.h>
#include <onnx/version_converter/convert.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "graph/onnx_file.hpp"
#include "graph/subgraph.hpp"

namespace upkeep {
namespace {

constexpr std::int64_t kConstantElements = 1024;  // axes, sizes, pads: what the converter reads is never longer

using Schema = onnx::OpSchema;

const Schema* schema_of(const Node& node, std::int64_t version) {
  return onnx::OpSchemaRegistry::Schema(node.op, static_cast<int>(version), "");
}

std::string named_operator(const Node& node) { return node.op + " \"" + node.name + "\""; }

Error cannot(const Node& node, std::int64_t version, std::string why) {
  return Error(ErrorCode::kUnsupported, named_operator(node) + " cannot be written in operator set " + std::to_string(version),
               std::move(why));
}

// The same words with another meaning: which operators, and the newer of the two versions.
bool means_something_else(const Node& node, std::int64_t from, std::int64_t to) {
  static const std::map<std::string_view, std::set<std::int64_t>> kChanges = {
      {"GroupNormalization", {21}}, {"DFT", {20}},        {"Resize", {11}},
      {"Upsample", {9, 10}},        {"Scan", {9}},        {"Softmax", {13}},
      {"LogSoftmax", {13}},         {"Hardmax", {13}},    {"BatchNormalization", {9, 14}},
      {"RoiAlign", {16}},           {"GridSample", {20}}, {"Split", {18}}};
  const auto found = kChanges.find(node.op);
  return std::min(from, to) < kOldestOpset || (found != kChanges.end() && found->second.contains(std::max(from, to)));
}

template <typename Visit>
void each_subgraph(Node& node, const Visit& visit) {
  for (Attribute& attribute : node.attributes) {
    const auto inner = [&](GraphPtr& one) {
      Graph copy = *one;
      visit(copy);
      one = std::make_shared<const Graph>(std::move(copy));
    };
    if (auto* one = std::get_if<GraphPtr>(&attribute.value)) inner(*one);
    if (auto* several = std::get_if<std::vector<GraphPtr>>(&attribute.value)) std::ranges::for_each(*several, inner);
  }
}

void collect_all_names(const Graph& graph, std::unordered_set<std::string>& names) {
  for (const auto* list : {&graph.inputs, &graph.outputs, &graph.values})
    for (const ValueInfo& value : *list) names.insert(value.name);
  for (const auto& [name, tensor] : graph.initializers) names.insert(name);
  for (const Node& node : graph.nodes) {
    names.insert(node.name);
    names.insert(node.outputs.begin(), node.outputs.end());
    for (const GraphPtr& inner : subgraphs(node)) collect_all_names(*inner, names);
  }
}

void erase_attribute(Node& node, std::string_view name) {
  std::erase_if(node.attributes, [&](const Attribute& attribute) { return attribute.name == name; });
}

class OpsetChange {
 public:
  enum class Constants { kInitializers, kNodes };  // a function has no initializers

  OpsetChange(const Model& model, std::int64_t to, Constants constants = Constants::kInitializers)
      : model_(model), to_(to), constants_as_(constants) {
    collect_all_names(model.graph, names_);
  }

  void learn(const Graph& graph) {
    for (const auto* list : {&graph.inputs, &graph.outputs, &graph.values})
      for (const ValueInfo& value : *list) types_[value.name] = value.type;
    for (const auto& [name, tensor] : graph.initializers) {
      types_[name] = {tensor.dtype(), Dims(tensor.shape().begin(), tensor.shape().end()), {}};
      if (!graph.input(name)) constants_[name] = tensor;
    }
    learn(graph.nodes);
  }
  void learn(const std::vector<Node>& nodes) {
    for (const Node& node : nodes)
      if (const Attribute* value = node.op == "Constant" ? node.find("value") : nullptr;
          value && std::holds_alternative<Tensor>(value->value))
        constants_[node.outputs[0]] = std::get<Tensor>(value->value);
  }

  std::vector<Node> convert(const std::vector<Node>& nodes, std::int64_t from) {
    std::vector<Node> all;
    for (Node node : nodes) {
      each_subgraph(node, [&](Graph& inner) {
        learn(inner);
        inner.nodes = convert(inner.nodes, from);
      });
      std::vector<Node> made{std::move(node)};
      for (std::int64_t version = from; version != to_; version += from < to_ ? 1 : -1)
        made = step(made, version, version + (from < to_ ? 1 : -1));
      std::ranges::move(made, std::back_inserter(all));
    }
    return all;
  }

  std::vector<std::pair<std::string, Tensor>> new_constants;

 private:
  std::vector<Node> step(const std::vector<Node>& nodes, std::int64_t from, std::int64_t to) {
    std::vector<Node> all;
    for (const Node& node : nodes) std::ranges::move(step(node, from, to), std::back_inserter(all));
    return all;
  }

  std::vector<Node> step(Node node, std::int64_t from, std::int64_t to) {
    if (!node.domain.empty() || is_own_function(model_, node)) return {std::move(node)};
    const Schema* now = schema_of(node, from);
    const Schema* next = schema_of(node, to);
    if (!now) throw cannot(node, to, "operator set " + std::to_string(from) + " has no such operator");
    if (next && now->SinceVersion() == next->SinceVersion()) return {std::move(node)};
    if (next) drop_defaults(node, *now, *next);
    if (by_hand(node, from, to)) return with_constants({std::move(node)});
    std::string why;
    if (subgraphs(node).empty())
      if (auto made = by_converter(node, from, to, why)) return *std::move(made);
    const bool as_it_stands = next && !next->Deprecated() && !means_something_else(node, from, to) && fits(node, *next);
    if (as_it_stands) return {std::move(node)};
    if (auto made = written_out(node, from)) return step(*made, from, to);
    throw cannot(node, to,
                 !why.empty() ? why
                 : next       ? "its inputs, attributes or types are newer, or its meaning has changed"
                              : "there is no such operator");
  }

  // Attributes that say what is the case without them, where the new version does not know them.
  static void drop_defaults(Node& node, const Schema& now, const Schema& next) {
    std::vector<Attribute> kept;
    for (Attribute& attribute : node.attributes) {
      const auto known = now.attributes().find(attribute.name);
      if (next.attributes().contains(attribute.name) || known == now.attributes().end()) {
        kept.push_back(std::move(attribute));
        continue;
      }
      Node said;
      said.attributes = {{attribute.name, attribute.value, {}}};
      onnx::NodeProto message;
      proto::to_message(said, message);
      onnx::AttributeProto usual = known->second.default_value;
      usual.clear_doc_string();
      if (message.attribute(0).SerializeAsString() != usual.SerializeAsString()) kept.push_back(std::move(attribute));
    }
    node.attributes = std::move(kept);
  }

  bool by_hand(Node& node, std::int64_t from, std::int64_t to) {
    if (from == 18 && to == 17 && node.op == "Split") return split_17(node);
    if (from == 18 && to == 17 && node.op == "Pad") return pad_17(node);
    if (from == 16 && to == 15 && node.op == "RoiAlign") {
      if (node.get<std::string>("coordinate_transformation_mode", "half_pixel") != "output_half_pixel") return false;
      erase_attribute(node, "coordinate_transformation_mode");
      return true;
    }
    if (from == 20 && to == 19 && node.op == "GridSample") {
      for (Attribute& attribute : node.attributes)
        if (auto* mode = std::get_if<std::string>(&attribute.value); mode && attribute.name == "mode")
          *mode = *mode == "linear" ? "bilinear" : *mode == "cubic" ? "bicubic" : *mode;
      return dims_of(node.inputs[0]).value_or(Dims(4)).size() == 4;
    }
    if (node.op != "BatchNormalization" || std::max(from, to) != 14 || std::min(from, to) != 13) return false;
    if (node.outputs.size() > 1) throw cannot(node, to, "training is said in another way there; its first output only could be");
    return node.get<std::int64_t>("training_mode", 0) == 0;
  }

  // Before 18, parts without sizes are equal.
  bool split_17(Node& node) {
    if (!node.find("num_outputs")) return true;
    const auto parts = node.get<std::int64_t>("num_outputs", 1);
    const auto dims = dims_of(node.inputs[0]);
    const auto axis = node.get<std::int64_t>("axis", 0);
    if (!dims) return false;
    const Dim& whole = (*dims)[static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(dims->size()) : axis)];
    if (!whole.known()) return false;
    erase_attribute(node, "num_outputs");
    if (whole.value % parts == 0) return true;
    const std::int64_t size = (whole.value + parts - 1) / parts;
    std::vector<std::int64_t> sizes(static_cast<std::size_t>(parts), size);
    sizes.back() = whole.value - size * (parts - 1);
    node.inputs.resize(2);
    node.inputs[1] = constant(Tensor({parts}, std::move(sizes)));
    return true;
  }

  // Before 18, there is a number for each side of every axis.
  bool pad_17(Node& node) {
    if (node.inputs.size() < 4 || node.inputs[3].empty()) return true;
    const auto dims = dims_of(node.inputs[0]);
    const auto axes = constants_.find(node.inputs[3]), pads = constants_.find(node.inputs[1]);
    if (!dims || axes == constants_.end() || pads == constants_.end()) return false;
    const Tensor chosen = axes->second.cast(DType::kInt64);
    const auto rank = static_cast<std::int64_t>(dims->size());
    std::vector<std::int64_t> all(static_cast<std::size_t>(2 * rank), 0);
    for (std::int64_t i = 0; i < chosen.size(); ++i) {
      const std::int64_t axis = chosen.data<std::int64_t>()[static_cast<std::size_t>(i)];
      const auto at = static_cast<std::size_t>(axis < 0 ? axis + rank : axis);
      all[at] = pads->second.data<std::int64_t>()[static_cast<std::size_t>(i)];
      all[at + dims->size()] = pads->second.data<std::int64_t>()[static_cast<std::size_t>(i + chosen.size())];
    }
    node.inputs[1] = constant(Tensor({2 * rank}, std::move(all)));
    node.inputs.pop_back();
    while (node.inputs.back().empty()) node.inputs.pop_back();
    return true;
  }

  // --- ONNX's own converter ---

  onnx::ModelProto alone(const Node& node, std::int64_t version) const {
    onnx::ModelProto message;
    message.set_ir_version(kIrVersion);
    message.add_opset_import()->set_version(version);
    onnx::GraphProto& graph = *message.mutable_graph();
    graph.set_name("node");
    for (const std::string& name : std::set<std::string>(node.inputs.begin(), node.inputs.end())) {
      if (name.empty()) continue;
      const auto value = constants_.find(name);
      if (value != constants_.end() && value->second.size() <= kConstantElements && value->second.dtype() != DType::kString) {
        const Node constant{
            .op = "Constant", .domain = {}, .name = {}, .inputs = {}, .outputs = {name}, .attributes = {{"value", value->second, {}}}};
        proto::to_message(constant, *graph.add_node());
        continue;
      }
      auto& input = *graph.add_input();
      input.set_name(name);
      if (const auto type = types_.find(name); type != types_.end() && type->second != ValueType{})
        proto::to_message(type->second, *input.mutable_type());
    }
    proto::to_message(node, *graph.add_node());
    for (const std::string& name : node.outputs)
      if (!name.empty()) graph.add_output()->set_name(name);
    return message;
  }

  std::optional<std::vector<Node>> by_converter(const Node& node, std::int64_t from, std::int64_t to, std::string& why) {
    onnx::ModelProto message;
    try {
      message = onnx::version_conversion::ConvertVersion(alone(node, from), static_cast<int>(to));
    } catch (const std::exception& error) {
      const std::string said = error.what();
      const bool knows_no_way = said.find("No Adapter") != std::string::npos || said.find("No Previous Version") != std::string::npos;
      const auto reason = said.rfind("failed: ");
      if (!knows_no_way) why = proto::plain_message(reason == std::string::npos ? said : said.substr(reason + 8));
      return std::nullopt;
    }
    return taken_over(node, std::move(*message.mutable_graph()));
  }

  // The converter's nodes, with our names.
  std::vector<Node> taken_over(const Node& before, onnx::GraphProto&& graph) {
    std::vector<Node> made;
    std::unordered_map<std::string, std::string> renamed;
    for (auto& tensor : *graph.mutable_initializer()) {
      const std::string name = tensor.name();
      renamed[name] = constant(proto::tensor_from(std::move(tensor)));
    }
    for (auto& message : *graph.mutable_node()) {
      Node node = proto::node_from(std::move(message));
      const bool is_constant = node.op == "Constant";
      if (is_constant && constants_.contains(node.outputs[0])) continue;
      if (const Attribute* value = is_constant ? node.find("value") : nullptr;
          value && !std::ranges::contains(before.outputs, node.outputs[0])) {
        renamed[node.outputs[0]] = constant(std::get<Tensor>(value->value));
        continue;
      }
      for (std::string& name : node.inputs)
        if (const auto found = renamed.find(name); found != renamed.end()) name = found->second;
      for (std::string& name : node.outputs)
        if (!name.empty() && !std::ranges::contains(before.outputs, name)) name = renamed[name] = fresh(before.outputs[0] + "/" + node.op);
      while (!node.inputs.empty() && node.inputs.back().empty()) node.inputs.pop_back();
      node.name = node.outputs == before.outputs ? before.name : node.outputs[0];
      node.doc = before.doc;
      node.metadata = before.metadata;
      made.push_back(std::move(node));
    }
    return with_constants(std::move(made));
  }

  // --- the rest ---

  std::vector<Node> with_constants(std::vector<Node> nodes) {
    nodes.insert(nodes.begin(), pending_.begin(), pending_.end());
    pending_.clear();
    return nodes;
  }

  bool fits(const Node& node, const Schema& schema) const {
    onnx::NodeProto message;
    proto::to_message(node, message);
    try {
      schema.Verify(message);
    } catch (const std::exception&) {
      return false;
    }
    for (std::size_t i = 0; i < node.inputs.size() && !schema.inputs().empty(); ++i) {
      const auto type = types_.find(node.inputs[i]);
      if (node.inputs[i].empty() || type == types_.end() || type->second.dtype == DType::kUndefined) continue;
      const auto& allowed = schema.inputs()[std::min(i, schema.inputs().size() - 1)].GetTypes();
      const std::string name = type_name_of(type->second.dtype);
      if (std::ranges::none_of(allowed, [&](const std::string* one) { return *one == name; })) return false;
    }
    return true;
  }

  static std::string type_name_of(DType dtype) {
    const std::string name = dtype == DType::kFloat32 ? "float" : dtype == DType::kFloat64 ? "double" : to_string(dtype);
    return "tensor(" + name + ")";
  }

  std::optional<std::vector<Node>> written_out(const Node& node, std::int64_t version) {
    Model around;
    around.ir_version = model_.ir_version;
    around.opsets = {{"", version}};
    std::vector<ValueType> types;
    for (const std::string& name : node.inputs) types.push_back(types_.contains(name) ? types_[name] : ValueType{});
    std::optional<Graph> body = function_body(around, node, types);
    if (!body) return std::nullopt;
    std::unordered_map<std::string, std::string> renamed;
    for (const auto& [name, tensor] : body->initializers) renamed[name] = constant(tensor);
    for (Node& inner : body->nodes) {
      for (std::string& name : inner.inputs)
        if (const auto found = renamed.find(name); found != renamed.end()) name = found->second;
      for (std::string& name : inner.outputs)
        if (!name.empty() && !std::ranges::contains(node.outputs, name)) name = renamed[name] = fresh(node.outputs[0] + "/" + inner.op);
      inner.name = inner.outputs[0];
    }
    learn(body->nodes);
    return with_constants(std::move(body->nodes));
  }

  std::optional<Dims> dims_of(const std::string& name) const {
    const auto type = types_.find(name);
    return type == types_.end() ? std::nullopt : type->second.shape;
  }

  std::string fresh(const std::string& base) {
    std::string name = base;
    for (int number = 1; !names_.insert(name).second; ++number) name = base + "_" + std::to_string(number);
    return name;
  }

  // The name of a value that is this tensor.
  std::string constant(const Tensor& tensor) {
    for (const auto& [name, known] : new_constants)
      if (known == tensor) return name;
    const std::string name = fresh("constant");
    constants_[name] = tensor;
    types_[name] = {tensor.dtype(), Dims(tensor.shape().begin(), tensor.shape().end()), {}};
    if (constants_as_ == Constants::kInitializers) new_constants.emplace_back(name, tensor);
    else
      pending_.push_back(
          {.op = "Constant", .domain = {}, .name = name, .inputs = {}, .outputs = {name}, .attributes = {{"value", tensor, {}}}});
    return name;
  }

  const Model& model_;
  const std::int64_t to_;
  const Constants constants_as_;
  std::unordered_map<std::string, ValueType> types_;
  std::unordered_map<std::string, Tensor> constants_;
  std::unordered_set<std::string> names_;
  std::vector<Node> pending_;  // constants of a function, in front of the node that reads them
};

std::int64_t version_of(const Model& model) {
  const auto found = model.opsets.find("");
  return found == model.opsets.end() ? 0 : found->second;
}

void check_version(std::int64_t version) {
  if (version < kOldestOpset || version > kNewestOpset)
    throw Error(ErrorCode::kInvalidArgument, "operator set " + std::to_string(version) + " is not known here",
                std::to_string(kOldestOpset) + " to " + std::to_string(kNewestOpset) + " are");
}

// What is declared, and what can be inferred.
Graph typed(const Model& model) {
  Model copy = model;
  try {
    infer_shapes(copy);
    return std::move(copy.graph);
  } catch (const Error&) {  // a graph that contradicts itself is taken as it is declared
    return model.graph;
  }
}

std::string converted_function(const Model& model, const std::string& bytes, std::int64_t version) {
  onnx::FunctionProto function;
  if (!function.ParseFromString(bytes)) throw Error(ErrorCode::kInternal, "a function of the model is damaged");
  for (auto& opset : *function.mutable_opset_import()) {
    if (!proto::plain_domain(opset.domain()).empty() || opset.version() == version) continue;
    std::vector<Node> nodes;
    for (auto& message : *function.mutable_node()) nodes.push_back(proto::node_from(std::move(message)));
    function.clear_node();
    OpsetChange change(model, version, OpsetChange::Constants::kNodes);
    change.learn(nodes);
    for (const Node& node : in_context("function \"" + function.name() + "\"", [&] { return change.convert(nodes, opset.version()); }))
      proto::to_message(node, *function.add_node());
    opset.set_version(version);
  }
  return function.SerializeAsString();
}

}  // namespace

void set_opset(Model& model, std::int64_t version) {
  check_version(version);
  const std::int64_t from = version_of(model);
  if (from == 0 || from == version) return;
  OpsetChange change(model, version);
  change.learn(typed(model));
  std::vector<Node> nodes = change.convert(model.graph.nodes, from);
  std::vector<std::string> functions;
  for (const std::string& bytes : model.functions) functions.push_back(converted_function(model, bytes, version));
  model.graph.nodes = std::move(nodes);
  model.functions = std::move(functions);
  std::ranges::move(change.new_constants, std::back_inserter(model.graph.initializers));
  model.opsets[""] = version;
}

void set_opset(Ops& ops, std::int64_t version) {
  Model& model = ops.model();
  const std::int64_t from = version_of(model);
  if (from == 0 || from == version) return;
  OpsetChange change(model, version);
  change.learn(typed(model));
  model.graph.nodes = change.convert(model.graph.nodes, from);
  for (auto& [name, tensor] : change.new_constants) ops.initializer(name, std::move(tensor));
  model.opsets[""] = version;
}

}  // namespace upkeep
