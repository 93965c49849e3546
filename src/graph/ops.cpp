#include "graph/ops.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "graph/inference.hpp"
#include "graph/subgraph.hpp"

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
    names.insert(node.name);  // new nodes are named after their first outputs, and names of nodes are unique too
    names.insert(node.outputs.begin(), node.outputs.end());
    for (const GraphPtr& inner : subgraphs(node)) collect_names(*inner, names);
  }
}

bool has_subgraphs(const Graph& graph) {
  return std::ranges::any_of(graph.nodes, [](const Node& node) { return !subgraphs(node).empty(); });
}

Node identity_node(const std::string& from, const std::string& to) {
  return {.op = "Identity", .domain = {}, .name = to, .inputs = {from}, .outputs = {to}};
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

const ValueType& Value::type() const {
  return ops_ ? ops_->type(name()) : throw Error(ErrorCode::kInternal, "an absent value has no type");
}

bool Value::rank_known() const { return ops_ && ops_->type(name()).shape.has_value(); }

const Dims& Value::dims() const {
  if (!rank_known()) throw Error(ErrorCode::kInternal, "the shape of \"" + name() + "\" is not known");
  return *ops_->type(name()).shape;
}

Ops::Ops(Model& model, std::string prefix) : model_(model), prefix_(std::move(prefix)), state_(std::make_unique<State>(model)) {
  read_graph();
}

Ops::Ops(Model& model, const Ops& outer, std::string prefix)
    : model_(model), outer_(&outer), prefix_(std::move(prefix)), state_(std::make_unique<State>(model)) {
  state_->names = outer.state_->names;
  for (const std::string& name : reads_of(model.graph)) borrow(name);
  read_graph();
}

void Ops::read_graph() {
  Graph& graph = model_.graph;
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

// Declares a value of the outer graph here.
bool Ops::borrow(const std::string& name) const {
  if (!outer_ || !outer_->knows(name)) return false;
  if (const Tensor* tensor = outer_->constant_tensor(name)) state_->inference.constant(name, *tensor);
  else state_->inference.declare(name, outer_->type(outer_->state_->current(name)));
  return true;
}

Ops::~Ops() = default;

const ValueType& Ops::type(const std::string& name) const {
  if (const ValueType* found = state_->inference.type(name)) return *found;
  throw Error(ErrorCode::kInternal, "the type of \"" + name + "\" is not known");
}

bool Ops::knows(std::string_view name) const {
  const std::string text(name);
  if (state_->inference.type(state_->current(text)) || borrow(text)) return true;
  if (!state_->names.contains(text)) return false;
  state_->inference.declare(text, {});  // of an operator that libonnx does not know
  return true;
}

Value Ops::existing(std::string_view name) const {
  std::string text(name);
  if (knows(text)) return Value(std::move(text), this);
  throw Error(ErrorCode::kNotFound, "the graph has no value \"" + text + "\"");
}

const Tensor* Ops::constant_tensor(const std::string& name) const {
  if (const Tensor* tensor = model_.graph.initializer(name)) return model_.graph.input(name) ? nullptr : tensor;
  if (const Node* node = model_.graph.producer(name)) {
    const Attribute* tensor = node->op == "Constant" ? node->find("value") : nullptr;
    return tensor ? std::get_if<Tensor>(&tensor->value) : nullptr;
  }
  return outer_ && !model_.graph.input(name) ? outer_->constant_tensor(name) : nullptr;
}

std::string Ops::fresh(std::string_view base) {
  std::string name = prefix_ + std::string(base);
  int& next = state_->counters[name];
  std::string candidate = next == 0 ? name : name + "_" + std::to_string(next);
  ++next;
  while (!state_->names.insert(candidate).second) candidate = name + "_" + std::to_string(next++);
  return candidate;
}

Value Ops::input(const std::string& name, DType dtype, Dims dims) { return input(name, ValueType{dtype, std::move(dims), {}}); }

Value Ops::input(const std::string& name, const ValueType& type) {
  if (!state_->names.insert(name).second) throw Error(ErrorCode::kAlreadyExists, "the graph already has a value \"" + name + "\"");
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
  set_inputs(node, inputs);
  for (std::size_t i = 0; i < outputs; ++i) node.outputs.push_back(fresh(op));
  node.name = node.outputs[0];
  import_domain(node.domain);
  try {
    state_->inference.add(node);
  } catch (...) {
    for (const std::string& name : node.outputs) state_->names.erase(name);
    throw;
  }
  take_names(node);
  record_types(node.outputs);
  std::vector<Value> made;
  for (const std::string& name : node.outputs) made.push_back(Value(name, this));
  model_.graph.nodes.push_back(std::move(node));
  return made;
}

void Ops::take_names(const Node& node) {
  for (const GraphPtr& inner : subgraphs(node)) collect_names(*inner, state_->names);
}

void Ops::record_types(const std::vector<std::string>& outputs) {
  for (const std::string& name : outputs) {
    const ValueType* type = state_->inference.type(name);
    if (type && (type->shape || !type->opaque.empty())) model_.graph.values.push_back({name, *type, {}, {}});
  }
}

Node& Ops::node_of(const Value& output) {
  for (Node& node : model_.graph.nodes)
    if (std::ranges::find(node.outputs, output.name()) != node.outputs.end()) return node;
  throw Error(ErrorCode::kInternal, "no node of this graph makes \"" + output.name() + "\"");
}

std::vector<Value> Ops::extend(const Value& output, Extension extension) {
  const Node before = node_of(output);
  Node changed = before;
  for (Attribute& attribute : extension.attributes) {
    if (Attribute* old = named(changed.attributes, attribute.name)) *old = std::move(attribute);
    else changed.attributes.push_back(std::move(attribute));
  }
  for (const Value& input : extension.inputs) changed.inputs.push_back(input.name());
  std::vector<std::string> made;
  for (std::size_t i = 0; i < extension.inserted + extension.appended; ++i) made.push_back(fresh(changed.op));
  const auto behind = made.begin() + static_cast<std::ptrdiff_t>(extension.inserted);
  changed.outputs.insert(changed.outputs.end(), behind, made.end());
  changed.outputs.insert(changed.outputs.begin() + static_cast<std::ptrdiff_t>(extension.at), made.begin(), behind);
  std::vector<std::pair<std::string, ValueType>> known;  // what a file says of an output may be more than can be inferred
  for (const std::string& name : before.outputs)
    if (const ValueType* type = state_->inference.type(name)) known.emplace_back(name, *type);
  state_->inference.add(changed);
  for (const auto& [name, type] : known) state_->inference.declare(name, type);
  take_names(changed);
  record_types(made);
  node_of(output) = std::move(changed);
  for (const Value& input : extension.inputs) move_before(input, output);
  std::vector<Value> values;
  for (std::string& name : made) values.push_back(Value(std::move(name), this));
  return values;
}

void Ops::move_before(const Value& moved, const Value& before) {
  std::vector<Node>& nodes = model_.graph.nodes;
  const auto place = [&](const Value& value) {
    return std::ranges::find_if(nodes,
                                [&](const Node& node) { return std::ranges::find(node.outputs, value.name()) != node.outputs.end(); });
  };
  const auto from = place(moved);
  const auto to = place(before);
  if (from != nodes.end() && to < from && from->inputs.empty()) std::rotate(to, from, from + 1);
}

void Ops::drop_nodes(std::size_t first) {
  std::vector<Node>& nodes = model_.graph.nodes;
  std::unordered_set<std::string> gone;
  for (std::size_t i = first; i < nodes.size(); ++i) gone.insert(nodes[i].outputs.begin(), nodes[i].outputs.end());
  nodes.resize(first);
  std::erase_if(model_.graph.values, [&](const ValueInfo& info) { return gone.contains(info.name); });
}

// `value` under the name of an output: by renaming where it is made, unless somebody else (a sub-graph, another output) needs it as it is.
void Ops::give_name(const std::string& from, const std::string& name, std::size_t first) {
  std::vector<Node>& nodes = model_.graph.nodes;
  const auto begin = nodes.begin() + static_cast<std::ptrdiff_t>(first);
  const auto makes = [&](const Node& node) { return std::ranges::find(node.outputs, from) != node.outputs.end(); };
  const auto captures = [&](const Node& node) {
    return std::ranges::any_of(subgraphs(node), [&](const GraphPtr& inner) { return reads_of(*inner).contains(from); });
  };
  if (std::none_of(begin, nodes.end(), makes) || std::any_of(begin, nodes.end(), captures)) {
    nodes.push_back(identity_node(from, name));
    nodes.back().name = fresh("Identity");  // another node may be named after this value
    return;
  }
  for (auto node = begin; node != nodes.end(); ++node) {
    std::ranges::replace(node->inputs, from, name);
    std::ranges::replace(node->outputs, from, name);
  }
  std::erase_if(model_.graph.values, [&](const ValueInfo& info) { return info.name == from; });
}

void Ops::replace(const Value& output, const std::function<std::vector<Value>(const Node& node)>& expansion) {
  std::vector<Node>& nodes = model_.graph.nodes;
  const Node node = node_of(output);
  const auto at = std::ranges::find_if(nodes, [&](const Node& one) { return one.outputs == node.outputs; }) - nodes.begin();
  const std::size_t first = nodes.size();
  try {
    const std::vector<Value> made = expansion(node);
    std::unordered_map<std::string, std::string> given;  // from the expansion's names
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      const std::string& name = node.outputs[i];
      if (name.empty()) continue;
      if (i >= made.size() || !made[i]) throw Error(ErrorCode::kInternal, "nothing stands for output \"" + name + "\"");
      const auto [same, added] = given.emplace(made[i].name(), name);
      if (added) give_name(made[i].name(), name, first);
      else nodes.push_back(identity_node(same->second, name)), nodes.back().name = fresh("Identity");
    }
  } catch (...) {
    drop_nodes(first);
    throw;
  }
  const auto end = static_cast<std::ptrdiff_t>(nodes.size() - first);
  std::rotate(nodes.begin() + at, nodes.begin() + static_cast<std::ptrdiff_t>(first), nodes.end());
  nodes.erase(nodes.begin() + at + end);
}

std::vector<Value> Ops::custom(std::string_view op, std::string_view domain, const std::vector<Value>& inputs,
                               std::vector<Attribute> attributes, const std::vector<ValueType>& outputs) {
  Node node;
  node.op = op;
  node.domain = domain;
  node.attributes = std::move(attributes);
  set_inputs(node, inputs);
  import_domain(node.domain);
  std::vector<Value> made;
  for (const ValueType& type : outputs) {
    const std::string name = type == ValueType{} ? "" : fresh(op);
    node.outputs.push_back(name);
    made.push_back(name.empty() ? Value() : Value(name, this));
    if (name.empty()) continue;
    if (node.name.empty()) node.name = name;
    state_->inference.declare(name, type);
    model_.graph.values.push_back({name, type, {}, {}});
  }
  model_.graph.nodes.push_back(std::move(node));
  return made;
}

void Ops::set_inputs(Node& node, const std::vector<Value>& inputs) const {
  for (const Value& input : inputs) {
    if (input && input.ops_ != this) throw Error(ErrorCode::kInternal, "value \"" + input.name() + "\" belongs to another graph");
    node.inputs.push_back(input.name());
  }
  while (!node.inputs.empty() && node.inputs.back().empty()) node.inputs.pop_back();  // absent optional inputs at the end
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
  Node node = identity_node(value.name(), name);
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

// Axes became an input with operator set 18; of ReduceSum with 13.
Value Ops::reduce(std::string_view op, Value a, std::vector<std::int64_t> axes, bool keepdims) {
  const auto opset = model_.opsets.find("");
  const bool as_attribute = op != "ReduceSum" && opset != model_.opsets.end() && opset->second < 18;
  std::vector<Value> inputs{a};
  std::vector<Attribute> attributes{{"keepdims", std::int64_t{keepdims}, {}}};
  if (!axes.empty() && as_attribute) attributes.push_back({"axes", std::move(axes), {}});
  else if (!axes.empty()) inputs.push_back(ints(std::move(axes)));
  return node(op, std::move(inputs), std::move(attributes));
}

Value Ops::one_hot(Value indices, std::int64_t depth, DType dtype) {
  const Value values = constant(Tensor({2}, std::vector<float>{0, 1}).cast(dtype));
  return node("OneHot", {indices, constant(Tensor::scalar(depth)), values});
}

}  // namespace upkeep
