#include "graph/wiring.hpp"

#include <algorithm>

#include "graph/onnx.hpp"
#include "graph/subgraph.hpp"

namespace upkeep {

namespace {

void collect_names(const Graph& graph, std::unordered_set<std::string>& names) {
  for (const auto* list : {&graph.inputs, &graph.outputs, &graph.values})
    for (const ValueInfo& info : *list) names.insert(info.name);
  for (const auto& [name, tensor] : graph.initializers) names.insert(name);
  for (const Node& node : graph.nodes) {
    names.insert(node.name);
    names.insert(node.inputs.begin(), node.inputs.end());
    names.insert(node.outputs.begin(), node.outputs.end());
    for (const GraphPtr& inner : subgraphs(node)) collect_names(*inner, names);
  }
}

// A graph that contradicts itself, or a sub-graph by itself, is taken as it is declared.
Graph with_types(Model model) {
  const Graph declared = model.graph;
  try {
    infer_shapes(model);
    return std::move(model.graph);
  } catch (const Error&) {
    return declared;
  }
}

}  // namespace

Wiring::Wiring(const Model& model) : graph_(model.graph), uses_(graph_) {
  const Graph typed = with_types(model);
  for (const auto* list : {&typed.inputs, &typed.outputs, &typed.values})
    for (const ValueInfo& info : *list) types_[info.name] = info.type;
  for (std::size_t i = 0; i < graph_.initializers.size(); ++i) {
    const auto& [name, tensor] = graph_.initializers[i];
    initializers_[name] = i;
    types_[name] = {tensor.dtype(), Dims(tensor.shape().begin(), tensor.shape().end()), {}};
  }
  collect_names(graph_, names_);
  for (Node& node : graph_.nodes) {
    ++node_names_[node.name];
    nodes_.emplace_back(std::move(node));
  }
  graph_.nodes.clear();
}

void Wiring::take_in(Id id) {
  ++node_names_[node(id).name];
  uses_.add(id, node(id));
}

void Wiring::take_out(Id id) {
  --node_names_[node(id).name];
  uses_.remove(id, node(id));
}

Graph Wiring::finish() const {
  Graph made = graph_;
  std::vector<int> state(nodes_.size(), 0);
  const std::function<void(Id)> visit = [&](Id id) {
    if (std::exchange(state[id], 1) == 1) return;
    for (const std::string& name : reads_of(node(id)))
      if (const auto from = producer(name)) visit(*from);
    made.nodes.push_back(node(id));
  };
  for (const Id id : ids()) visit(id);
  drop_unused(made);
  return made;
}

std::vector<Wiring::Id> Wiring::ids() const {
  std::vector<Id> living;
  for (Id id = 0; id < nodes_.size(); ++id)
    if (alive(id)) living.push_back(id);
  return living;
}

const Tensor* Wiring::constant(const std::string& value) const {
  if (const auto found = initializers_.find(value); found != initializers_.end())
    return graph_.input(value) ? nullptr : &graph_.initializers[found->second].second;
  const auto from = producer(value);
  if (!from || !is_op(node(*from), "Constant")) return nullptr;
  const Attribute* tensor = node(*from).find("value");
  return tensor ? std::get_if<Tensor>(&tensor->value) : nullptr;
}

const ValueType* Wiring::type(const std::string& value) const {
  const auto found = types_.find(value);
  return found == types_.end() || found->second == ValueType{} ? nullptr : &found->second;
}

void Wiring::set_type(const std::string& value, ValueType type) { types_[value] = std::move(type); }

std::optional<Dims> Wiring::dims(const std::string& value) const {
  const ValueType* known = type(value);
  return known ? known->shape : std::nullopt;
}

Wiring::Id Wiring::add(Node node, const std::vector<ValueType>& outputs) {
  for (std::size_t i = 0; i < outputs.size(); ++i) types_[node.outputs[i]] = outputs[i];
  names_.insert(node.outputs.begin(), node.outputs.end());
  node.name = free_node_name(node.name.empty() ? node.outputs[0] : node.name);
  nodes_.emplace_back(std::move(node));
  take_in(nodes_.size() - 1);
  return nodes_.size() - 1;
}

// Exporters name nodes after values, other nodes' too; a runtime refuses two nodes of one name.
std::string Wiring::free_node_name(const std::string& base) const {
  std::string name = base;
  const auto taken = [&] {
    const auto found = node_names_.find(name);
    return found != node_names_.end() && found->second > 0;
  };
  for (int number = 1; taken(); ++number) name = base + "/node_" + std::to_string(number);
  return name;
}

void Wiring::change(Id id, const std::function<void(Node&)>& edit) {
  take_out(id);
  edit(*nodes_[id]);
  take_in(id);
}

void Wiring::remove(Id id) {
  take_out(id);
  nodes_[id].reset();
}

std::string Wiring::fresh(const std::string& base) {
  std::string name = base;
  for (int number = 1; !names_.insert(name).second; ++number) name = base + "_" + std::to_string(number);
  return name;
}

std::string Wiring::add_constant(const std::string& base, Tensor tensor) {
  const std::string name = fresh(base);
  types_[name] = {tensor.dtype(), Dims(tensor.shape().begin(), tensor.shape().end()), {}};
  initializers_[name] = graph_.initializers.size();
  graph_.initializers.emplace_back(name, std::move(tensor));
  return name;
}

void Wiring::forward(const std::string& from, const std::string& to) {
  for (const Id id : readers(from))
    change(id, [&](Node& node) {
      std::ranges::replace(node.inputs, from, to);
      for (Attribute& attribute : node.attributes) {
        const auto inner = [&](GraphPtr& one) { one = std::make_shared<const Graph>(with_captures_renamed(*one, {{from, to}})); };
        if (auto* one = std::get_if<GraphPtr>(&attribute.value)) inner(*one);
        if (auto* several = std::get_if<std::vector<GraphPtr>>(&attribute.value)) std::ranges::for_each(*several, inner);
      }
    });
}

// Gives the value that a node makes another name; whoever had the name must be gone.
void Wiring::rename(const std::string& from, const std::string& to) {
  forward(from, to);
  change(*producer(from), [&](Node& node) { std::ranges::replace(node.outputs, from, to); });
}

bool Wiring::bypass(Id id, const std::string& input) {
  const std::string output = node(id).outputs[0];
  if (!is_output(output)) {
    forward(output, input);
    remove(id);
    return true;
  }
  if (!producer(input) || is_output(input)) {
    std::set<Id> others = readers(output);
    if (!others.empty()) forward(output, input);
    return false;
  }
  remove(id);
  rename(input, output);
  return true;
}

// A sub-graph knows the names around it, so that new ones are none of them.
static void declare_names_around(const Model& model, const Graph& own, Graph& inner) {
  std::unordered_set<std::string> around, inside;
  collect_names(model.graph, around);
  collect_names(own, inside);
  for (const std::string& name : around)
    if (!name.empty() && !inside.contains(name)) inner.values.push_back({name, {}, {}, {}});
}

std::size_t in_subgraphs(Model& model, const std::function<std::size_t(Model& inner)>& work) {
  std::size_t total = 0;
  const auto visit = [&](GraphPtr& graph) {
    Model inner = model;
    inner.graph = *graph;
    inner.training_tensors.clear();
    declare_names_around(model, *graph, inner.graph);
    const std::size_t places = in_subgraphs(inner, work) + work(inner);
    std::erase_if(inner.graph.values, [](const ValueInfo& value) { return value.type == ValueType{}; });
    if (places > 0) graph = std::make_shared<const Graph>(std::move(inner.graph));
    total += places;
  };
  for (Node& node : model.graph.nodes)
    for (Attribute& attribute : node.attributes) {
      if (auto* one = std::get_if<GraphPtr>(&attribute.value)) visit(*one);
      if (auto* several = std::get_if<std::vector<GraphPtr>>(&attribute.value)) std::ranges::for_each(*several, visit);
    }
  return total;
}

bool has_one_element(const Wiring& wiring, const std::string& value) {
  const auto dims = wiring.dims(value);
  return dims && std::ranges::all_of(*dims, [](const Dim& dim) { return dim.value == 1; });
}

}  // namespace upkeep
