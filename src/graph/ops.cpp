#include "graph/ops.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "graph/inference.hpp"

namespace upkeep {
namespace {

constexpr std::size_t kSharedBytes = 1024;  // constants up to this size are looked up before a new one is made

void collect_names(const Graph& graph, std::unordered_set<std::string>& names) {
  const auto add_values = [&](const auto& list) {
    for (const ValueInfo& value : list) names.insert(value.name);
  };
  add_values(graph.inputs), add_values(graph.outputs), add_values(graph.values);
  for (const auto& [name, tensor] : graph.initializers) names.insert(name);
  for (const Node& node : graph.nodes) {
    names.insert(node.outputs.begin(), node.outputs.end());
    for (const Attribute& attribute : node.attributes) {
      if (const auto* inner = std::get_if<GraphPtr>(&attribute.value)) collect_names(**inner, names);
      if (const auto* inners = std::get_if<std::vector<GraphPtr>>(&attribute.value))
        for (const GraphPtr& one : *inners) collect_names(*one, names);
    }
  }
}

bool has_subgraphs(const Graph& graph) {
  return std::ranges::any_of(graph.nodes, [](const Node& node) {
    return std::ranges::any_of(node.attributes, [](const Attribute& attribute) {
      return std::holds_alternative<GraphPtr>(attribute.value) || std::holds_alternative<std::vector<GraphPtr>>(attribute.value);
    });
  });
}

template <typename List>
auto* named(List& list, const std::string& name) {
  const auto found = std::ranges::find_if(list, [&](const auto& one) { return one.name == name; });
  return found == list.end() ? nullptr : &*found;
}

}  // namespace

struct Ops::State {
  explicit State(const Model& model) : inference(model) {}

  Inference inference;
  std::unordered_set<std::string> names;
  std::unordered_map<std::string, int> counters;           // next number per base name
  std::unordered_map<std::string, std::string> constants;  // type, shape and bytes -> name
  std::unordered_map<std::string, std::string> renamed;    // by output()

  const std::string& current(const std::string& name) const {
    const auto found = renamed.find(name);
    return found == renamed.end() ? name : found->second;
  }
};

const std::string& Value::name() const { return ops_ ? ops_->state_->current(name_) : name_; }
DType Value::dtype() const { return ops_ ? ops_->type(name()).dtype : throw Error(ErrorCode::kInternal, "an absent value has no type"); }

bool Value::rank_known() const { return ops_ && ops_->type(name()).shape.has_value(); }

const Dims& Value::dims() const {
  if (!rank_known()) throw Error(ErrorCode::kInternal, "the shape of \"" + name() + "\" is not known");
  return *ops_->type(name()).shape;
}

Ops::Ops(Model& model, std::string prefix) : model_(model), prefix_(std::move(prefix)), state_(std::make_unique<State>(model)) {
  Graph& graph = model.graph;
  Inference& inference = state_->inference;
  collect_names(graph, state_->names);
  for (const auto& [name, tensor] : graph.initializers) {
    if (graph.input(name)) inference.declare(name, {tensor.dtype(), Dims(tensor.shape().begin(), tensor.shape().end()), {}});
    else inference.constant(name, tensor);
  }
  for (const auto* list : {&graph.values, &graph.outputs, &graph.inputs})
    for (const ValueInfo& value : *list)
      if (!inference.type(value.name)) inference.declare(value.name, value.type);
  for (const Node& node : graph.nodes) {
    const auto known = [&](const std::string& name) { return name.empty() || (inference.type(name) && inference.type(name)->shape); };
    if (std::ranges::all_of(node.outputs, known) && node.op != "Constant" && node.op != "Shape") continue;
    try {
      inference.add(node);
    } catch (const Error&) {  // a foreign graph may hold what libonnx does not know: its values stay untyped
    }
  }
}

Ops::~Ops() = default;

const ValueType& Ops::type(const std::string& name) const {
  if (const ValueType* found = state_->inference.type(name)) return *found;
  throw Error(ErrorCode::kInternal, "the type of \"" + name + "\" is not known");
}

Value Ops::existing(std::string_view name) const {
  std::string text(name);
  if (state_->inference.type(state_->current(text))) return Value(std::move(text), this);
  if (state_->names.contains(text)) {  // of an operator that libonnx does not know
    state_->inference.declare(text, {});
    return Value(std::move(text), this);
  }
  throw Error(ErrorCode::kNotFound, "the graph has no value \"" + text + "\"");
}

std::string Ops::fresh(std::string_view base) {
  std::string name = prefix_ + std::string(base);
  int& next = state_->counters[name];
  std::string candidate = next == 0 ? name : name + "_" + std::to_string(next);
  ++next;
  while (!state_->names.insert(candidate).second) candidate = name + "_" + std::to_string(next++);
  return candidate;
}

Value Ops::input(const std::string& name, DType dtype, Dims dims) {
  if (!state_->names.insert(name).second) throw Error(ErrorCode::kAlreadyExists, "the graph already has a value \"" + name + "\"");
  const ValueType type{dtype, std::move(dims), {}};
  model_.graph.inputs.push_back({name, type, {}, {}});
  state_->inference.declare(name, type);
  return Value(name, this);
}

Value Ops::initializer(const std::string& name, Tensor tensor) {
  if (!state_->names.insert(name).second) throw Error(ErrorCode::kAlreadyExists, "the graph already has a value \"" + name + "\"");
  state_->inference.constant(name, tensor);
  model_.graph.initializers.emplace_back(name, std::move(tensor));
  return Value(name, this);
}

Value Ops::constant(Tensor tensor) {
  if (tensor.dtype() == DType::kString || tensor.size_bytes() > kSharedBytes) return initializer(fresh_constant_name(), std::move(tensor));
  const auto bytes = tensor.bytes();
  std::string key = to_string(tensor.dtype()) + to_string(tensor.shape());
  key.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (const auto found = state_->constants.find(key); found != state_->constants.end()) return Value(found->second, this);
  const Value made = initializer(fresh_constant_name(), std::move(tensor));
  state_->constants.emplace(std::move(key), made.name_);
  return made;
}

// A name that is free but not yet taken: initializer() takes it.
std::string Ops::fresh_constant_name() {
  std::string name = fresh("constant");
  state_->names.erase(name);
  return name;
}

Value Ops::constant(float value, DType like) {
  const Tensor scalar = Tensor::scalar(value);
  return constant(like == DType::kFloat32 ? scalar : scalar.cast(like));
}

Value Ops::ints(std::vector<std::int64_t> values) {
  Shape shape{static_cast<std::int64_t>(values.size())};
  return constant(Tensor(std::move(shape), std::move(values)));
}

Value Ops::node(std::string_view op, std::vector<Value> inputs, std::vector<Attribute> attributes, std::string_view domain) {
  return nodes(op, std::move(inputs), 1, std::move(attributes), domain)[0];
}

std::vector<Value> Ops::nodes(std::string_view op, std::vector<Value> inputs, std::size_t outputs, std::vector<Attribute> attributes,
                              std::string_view domain) {
  Node node;
  node.op = op;
  node.domain = domain;
  node.attributes = std::move(attributes);
  for (const Value& input : inputs) {
    if (input && input.ops_ != this) throw Error(ErrorCode::kInternal, "value \"" + input.name() + "\" belongs to another graph");
    node.inputs.push_back(input.name());
  }
  while (!node.inputs.empty() && node.inputs.back().empty()) node.inputs.pop_back();  // absent optional inputs at the end
  for (std::size_t i = 0; i < outputs; ++i) node.outputs.push_back(fresh(op));
  node.name = node.outputs[0];
  import_domain(node.domain);
  try {
    state_->inference.add(node);
  } catch (...) {
    for (const std::string& name : node.outputs) state_->names.erase(name);
    throw;
  }
  std::vector<Value> made;
  for (const std::string& name : node.outputs) {
    const ValueType* type = state_->inference.type(name);
    if (type && *type != ValueType{}) model_.graph.values.push_back({name, *type, {}, {}});
    made.push_back(Value(name, this));
  }
  model_.graph.nodes.push_back(std::move(node));
  return made;
}

void Ops::import_domain(const std::string& domain) {
  if (model_.opsets.contains(domain)) return;
  const auto& ranges = onnx::OpSchemaRegistry::DomainToVersionRange::Instance().Map();
  const auto known = ranges.find(domain);
  model_.opsets[domain] = domain.empty() ? kOpset : known == ranges.end() ? 1 : known->second.second;
}

void Ops::output(Value value, const std::string& wanted) {
  Graph& graph = model_.graph;
  const std::string from = value.name();
  const std::string name = wanted.empty() ? from : wanted;
  const bool output_already = named(graph.outputs, from) != nullptr;
  if (name == from && output_already) throw Error(ErrorCode::kAlreadyExists, "\"" + name + "\" is an output already");
  if (name == from && graph.producer(from)) {
    graph.outputs.push_back({name, type(from), {}, {}});
    std::erase_if(graph.values, [&](const ValueInfo& info) { return info.name == name; });
    return;
  }
  if (name == from) throw Error(ErrorCode::kInvalidArgument, "\"" + name + "\" is an input or a weight", "give the output another name");
  if (!state_->names.insert(name).second) throw Error(ErrorCode::kAlreadyExists, "the graph already has a value \"" + name + "\"");
  if (output_already || !graph.producer(from) || has_subgraphs(graph)) name_by_identity(value, name);
  else rename(from, name);
  graph.outputs.push_back({name, type(name), {}, {}});
}

void Ops::name_by_identity(const Value& value, const std::string& name) {
  Node node{.op = "Identity", .domain = {}, .name = name, .inputs = {value.name()}, .outputs = {name}};
  state_->inference.add(node);
  model_.graph.nodes.push_back(std::move(node));
}

void Ops::rename(const std::string& from, const std::string& to) {
  for (Node& node : model_.graph.nodes) {
    std::ranges::replace(node.inputs, from, to);
    std::ranges::replace(node.outputs, from, to);
  }
  std::erase_if(model_.graph.values, [&](const ValueInfo& info) { return info.name == from; });
  state_->inference.rename(from, to);
  for (auto& [old_name, new_name] : state_->renamed)
    if (new_name == from) new_name = to;
  state_->renamed[from] = to;
}

Value Ops::gemm(Value a, Value b, Value c, bool trans_a, bool trans_b) {
  std::vector<Attribute> attributes;
  if (trans_a) attributes.push_back({"transA", std::int64_t{1}, {}});
  if (trans_b) attributes.push_back({"transB", std::int64_t{1}, {}});
  return node("Gemm", {a, b, c}, std::move(attributes));
}

Value Ops::reduce(std::string_view op, Value a, std::vector<std::int64_t> axes, bool keepdims) {
  std::vector<Value> inputs{a};
  if (!axes.empty()) inputs.push_back(ints(std::move(axes)));
  return node(op, std::move(inputs), {{"keepdims", std::int64_t{keepdims}, {}}});
}

Value Ops::one_hot(Value indices, std::int64_t depth, DType dtype) {
  const Value values = constant(Tensor({2}, std::vector<float>{0, 1}).cast(dtype));
  return node("OneHot", {indices, constant(Tensor::scalar(depth)), values});
}

}  // namespace upkeep
