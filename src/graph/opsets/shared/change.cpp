#include "graph/opsets/shared/change.hpp"

#include <onnx/defs/schema.h>

#include <algorithm>
#include <set>

#include "graph/inference.hpp"
#include "graph/onnx_file.hpp"
#include "graph/subgraph.hpp"

namespace upkeep::opsets {
namespace {

using SchemaOfSet = onnx::OpSchema;

const SchemaOfSet* schema_in_set(const Node& node, std::int64_t version) {
  return onnx::OpSchemaRegistry::Schema(node.op, static_cast<int>(version), "");
}

template <typename Visit>
void change_each_subgraph(Node& node, const Visit& visit) {
  for (Attribute& attribute : node.attributes) {
    const auto inner = [&](GraphPtr& one) { one = std::make_shared<const Graph>(visit(*one)); };
    if (auto* one = std::get_if<GraphPtr>(&attribute.value)) inner(*one);
    if (auto* several = std::get_if<std::vector<GraphPtr>>(&attribute.value)) std::ranges::for_each(*several, inner);
  }
}

// What the file declares where more cannot be inferred.
ValueType known_of_both(const ValueType* inferred, const ValueType* declared) {
  if (!inferred || *inferred == ValueType{}) return declared ? *declared : ValueType{};
  ValueType both = *inferred;
  if (!declared || (declared->dtype != both.dtype && declared->dtype != DType::kUndefined)) return both;
  if (!both.shape) both.shape = declared->shape;
  if (both.shape && declared->shape && both.shape->size() == declared->shape->size())
    for (std::size_t i = 0; i < both.shape->size(); ++i)
      if (!(*both.shape)[i].known() && (*declared->shape)[i].known()) (*both.shape)[i] = (*declared->shape)[i];
  return both;
}

std::unordered_map<std::string, const ValueType*> declared_types(const Graph& graph) {
  std::unordered_map<std::string, const ValueType*> declared;
  for (const auto* list : {&graph.values, &graph.outputs})
    for (const ValueInfo& value : *list) declared.try_emplace(value.name, &value.type);
  return declared;
}

void declare_what_is_read(Inference& inference, const std::string& name, const Known& known) {
  if (name.empty() || inference.type(name)) return;
  if (const Tensor* tensor = known.constant(name)) inference.constant(name, *tensor);
  else if (const ValueType* type = known.type(name)) inference.declare(name, *type);
}

bool infers(Inference& inference, const Node& node) {
  try {
    inference.add(node);
    return true;
  } catch (const Error&) {  // a foreign graph may hold what libonnx does not know: its values stay untyped
    return false;
  }
}

std::optional<Graph> body_of_call(const Model& around, const Node& node, const std::vector<ValueType>& types) {
  try {
    return function_body(around, node, types);
  } catch (const Error&) {
    throw;
  } catch (const std::exception&) {  // libonnx builds some bodies of attributes that it takes to be there
    return std::nullopt;
  }
}

std::unordered_set<std::string> read_in(const Graph& graph) {
  std::unordered_set<std::string> read;
  for (const ValueInfo& output : graph.outputs) read.insert(output.name);
  for (const Node& node : graph.nodes) {
    const std::set<std::string> reads = reads_of(node);
    read.insert(reads.begin(), reads.end());
  }
  return read;
}

// Constants that the nodes read before, and do not read any more.
void drop_constants_no_longer_read(Graph& graph, const std::unordered_set<std::string>& before) {
  const std::unordered_set<std::string> now = read_in(graph);
  const auto gone = [&](const std::string& name) { return before.contains(name) && !now.contains(name); };
  std::erase_if(graph.nodes, [&](const Node& node) {
    return node.op == "Constant" && node.domain.empty() && node.outputs.size() == 1 && gone(node.outputs[0]);
  });
  std::erase_if(graph.initializers, [&](const auto& one) { return gone(one.first) && !graph.input(one.first); });
}

}  // namespace

Change::Change(const Model& around, std::int64_t from, std::int64_t to, NewValues& made, Functions functions)
    : around_(around), from_(from), to_(to), made_(made), functions_(functions) {
  for (const std::string& bytes : around.functions) {
    onnx::FunctionProto function;
    if (!function.ParseFromString(bytes)) throw Error(ErrorCode::kInternal, "a function of the model is damaged");
    own_.emplace(proto::plain_domain(function.domain()), function.name());
  }
}

bool Change::is_own(const Node& node) const { return own_.contains({node.domain, node.op}); }

Graph Change::converted(const Graph& graph, const Known* outer) const {
  Known known = known_values(graph, outer);
  const std::unordered_set<std::string> read = read_in(graph);
  Graph made = graph;
  made.nodes.clear();
  for (const Node& node : graph.nodes) std::ranges::move(converted(node, known), std::back_inserter(made.nodes));
  drop_constants_no_longer_read(made, read);
  return made;
}

Known Change::known_values(const Graph& graph, const Known* outer) const {
  Known known(outer);
  Inference inference(around_);
  if (outer)
    for (const std::string& name : reads_of(graph)) declare_what_is_read(inference, name, *outer);
  for (const auto& [name, tensor] : graph.initializers) {
    inference.constant(name, tensor);
    known.constant(name, tensor);
  }
  const bool defaults_vary = around_.ir_version >= 4;  // before, every weight had to be an input as well
  for (const ValueInfo& input : graph.inputs) {
    if (graph.initializer(input.name) && !defaults_vary) continue;
    inference.declare(input.name, input.type);
    known.varies(input.name, input.type);
  }
  const auto declared = declared_types(graph);
  for (const Node& node : graph.nodes) {
    infers(inference, node);
    for (const std::string& name : node.outputs) {
      if (name.empty()) continue;
      const auto said = declared.find(name);
      const ValueType* inferred = inference.type(name);
      const ValueType type = known_of_both(inferred, said == declared.end() ? nullptr : said->second);
      if (!inferred || *inferred != type) inference.declare(name, type);
      known.declare(name, type);
    }
    if (const auto tensor = constant_result(node, known)) {
      known.constant(node.outputs[0], *tensor);
      inference.constant(node.outputs[0], *tensor);
    }
  }
  return known;
}

std::vector<Node> Change::converted(Node node, Known& known) const {
  change_each_subgraph(node, [&](const Graph& inner) { return converted(inner, &known); });
  if (functions_ == Functions::kWrittenOut && is_own(node)) {
    std::vector<Node> body = written_out(node, from_, known).value();
    for (Node& inner : body) change_each_subgraph(inner, [&](const Graph& graph) { return converted(graph, &known); });
    return steps(std::move(body), from_, known);
  }
  return steps({std::move(node)}, from_, known);
}

std::vector<Node> Change::steps(std::vector<Node> nodes, std::int64_t from, Known& known) const {
  const std::int64_t direction = from < to_ ? 1 : -1;
  for (std::int64_t version = from; version != to_; version += direction) {
    std::vector<Node> made;
    for (Node& node : nodes) std::ranges::move(step(std::move(node), version, version + direction, known), std::back_inserter(made));
    nodes = std::move(made);
  }
  return nodes;
}

std::vector<Node> Change::step(Node node, std::int64_t from, std::int64_t to, Known& known) const {
  if (!node.domain.empty() || is_own(node)) return {std::move(node)};
  const SchemaOfSet* now = schema_in_set(node, from);
  const SchemaOfSet* next = schema_in_set(node, to);
  if (!now) throw cannot_be_written(node, to, "operator set " + std::to_string(from) + " has no such operator");
  if (next && now->SinceVersion() == next->SinceVersion()) return {std::move(node)};
  if (next) drop_defaults(node, from, to);
  const Adapt adapt = adapter_for(node.op, from, to);
  if (adapt && adapt != write_out) return adapted_or_written_out(adapt, node, from, to, known);
  const std::string why = adapt ? "it means something else there" : misfit(node, to, known);
  if (why.empty()) return {std::move(node)};
  if (auto made = stepped_body(node, from, to, known)) return *std::move(made);
  throw cannot_be_written(node, to, why);
}

// What ONNX defines the operator by, in the next set.
std::optional<std::vector<Node>> Change::stepped_body(const Node& node, std::int64_t from, std::int64_t to, Known& known) const {
  std::optional<std::vector<Node>> body = written_out(node, from, known);
  if (!body) return std::nullopt;
  std::vector<Node> made;
  const Change all_the_way(around_, from, to_, made_);  // as all sub-graphs go
  for (Node& inner : *body) {
    change_each_subgraph(inner, [&](const Graph& graph) { return all_the_way.converted(graph, &known); });
    std::ranges::move(step(std::move(inner), from, to, known), std::back_inserter(made));
  }
  return made;
}

// Axes that are computed cannot be an attribute, but ReduceL1 is a ReduceSum, which took them as an input earlier.
std::vector<Node> Change::adapted_or_written_out(Adapt adapt, const Node& node, std::int64_t from, std::int64_t to, Known& known) const {
  try {
    return adapted(adapt, node, from, to, known);
  } catch (const Error& refusal) {
    if (refusal.code() != ErrorCode::kUnsupported) throw;
    made_.take_nodes();
    try {
      if (auto made = stepped_body(node, from, to, known)) return *std::move(made);
    } catch (const Error&) {  // the adapter's reason says more
    }
    throw Error(refusal);
  }
}

std::vector<Node> Change::adapted(Adapt adapt, Node node, std::int64_t from, std::int64_t to, Known& known) const {
  const std::string doc = node.doc;
  const Metadata metadata = node.metadata;
  const Node given = node;
  Step step(std::move(node), from, to, known, made_);
  adapt(step);
  std::vector<Node> made = std::move(step).nodes();
  std::vector<Node> constants = made_.take_nodes();
  made.insert(made.begin(), std::make_move_iterator(constants.begin()), std::make_move_iterator(constants.end()));
  learn(made, to, known);
  for (Node& one : made) {
    if (const std::string why = misfit(one, to, known); !why.empty()) throw cannot_be_written(given, to, why);
    if (one.op == "Constant") continue;
    one.doc = doc;
    one.metadata = metadata;
  }
  return made;
}

// New values get their types, and constants their values.
void Change::learn(const std::vector<Node>& nodes, std::int64_t version, Known& known) const {
  for (const auto& [name, tensor] : made_.initializers)
    if (!known.type(name)) known.constant(name, tensor);
  if (nodes.size() == 1 && std::ranges::all_of(nodes[0].outputs, [&](const std::string& name) { return known.type(name); })) return;
  Model around;
  around.ir_version = around_.ir_version;
  around.opsets = around_.opsets;
  around.opsets[""] = version;
  Inference inference(around);
  for (const Node& node : nodes) {
    for (const std::string& name : reads_of(node)) declare_what_is_read(inference, name, known);
    const bool inferred = infers(inference, node);
    for (const std::string& name : node.outputs)
      if (const ValueType* type = inferred && !name.empty() && !known.type(name) ? inference.type(name) : nullptr)
        known.declare(name, *type);
    if (const auto tensor = constant_result(node, known)) known.constant(node.outputs[0], *tensor);
  }
}

std::optional<std::vector<Node>> Change::written_out(const Node& node, std::int64_t version, Known& known) const {
  Model around;
  around.ir_version = around_.ir_version;
  around.opsets = around_.opsets;
  around.opsets[""] = version;
  if (is_own(node)) around.functions = around_.functions;
  std::vector<ValueType> types;
  for (const std::string& name : node.inputs) types.push_back(known.type(name) ? *known.type(name) : ValueType{});
  std::optional<Graph> body = body_of_call(around, node, types);
  if (!body) return std::nullopt;
  const auto first = std::ranges::find_if(node.outputs, [](const std::string& name) { return !name.empty(); });
  const std::string base = first == node.outputs.end() ? node.name : *first;
  std::map<std::string, std::string> renamed;
  for (const auto& [name, tensor] : body->initializers) renamed[name] = made_.constant(tensor);
  for (Node& inner : body->nodes) {
    for (std::string& name : inner.inputs)
      if (const auto found = renamed.find(name); found != renamed.end()) name = found->second;
    change_each_subgraph(inner, [&](const Graph& graph) {
      Graph made = with_captures_renamed(with_names_under(graph, made_.fresh(base + "/" + inner.op) + "/"), renamed);
      made_.take(made);
      return made;
    });
    for (std::string& name : inner.outputs)
      if (!name.empty() && !std::ranges::contains(node.outputs, name)) name = renamed[name] = made_.fresh(base + "/" + inner.op);
    const bool gives_result = std::ranges::contains(inner.outputs, base);
    inner.name = gives_result ? node.name : made_.fresh(base + "/" + inner.op + "/node");
    inner.doc = node.doc;
    inner.metadata = node.metadata;
  }
  std::vector<Node> constants = made_.take_nodes();
  body->nodes.insert(body->nodes.begin(), std::make_move_iterator(constants.begin()), std::make_move_iterator(constants.end()));
  learn(body->nodes, version, known);
  return std::move(body->nodes);
}

}  // namespace upkeep::opsets
