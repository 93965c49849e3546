#include "train/gradients/gradient.hpp"

#include <algorithm>
#include <ranges>
#include <set>
#include <unordered_map>

#include "base/names.hpp"
#include "graph/opset.hpp"
#include "graph/subgraph.hpp"
#include "train/gradients/form.hpp"
#include "train/gradients/report.hpp"
#include "train/gradients/rule.hpp"
#include "train/gradients/shared/path.hpp"
#include "train/gradients/shared/stops.hpp"
#include "train/kernels/kernel.hpp"

namespace upkeep::gradients {
namespace {

std::string layer_of(const Node& node) { return node.name.substr(0, node.name.rfind('/') + 1); }  // with the slash; may be empty

void refuse_missing_rules(Ops& ops, const Path& path) {
  const std::vector<std::string> missing = missing_rules(ops, path);
  if (missing.empty()) return;
  throw Error(ErrorCode::kUnsupported, "no gradient for " + join(missing), "`upkeep catalog gradients` lists the operators that have one");
}

// The gradients that have arrived at each value so far.
class Arrivals {
 public:
  explicit Arrivals(Ops& ops) : ops_(ops) {}
  void add(const std::string& name, Value gradient) { arrived_[name].push_back(std::move(gradient)); }
  Value total(const std::string& name) {
    const auto found = arrived_.find(name);
    if (found == arrived_.end()) return {};
    if (found->second.size() > 1) found->second = {plus(ops_, found->second)};
    return found->second[0];
  }

 private:
  Ops& ops_;
  std::unordered_map<std::string, std::vector<Value>> arrived_;
};

// In a sub-graph, names begin as its Ops says; outside with "gradient/" and the layer.
std::string prefix_for(const Ops& ops, const Node& node) { return ops.outer() ? ops.prefix() : "gradient/" + layer_of(node); }

// By the kernels' rule in their form and for their operators, unless there is none or it leaves this node to the standard one.
Grads apply_rule(const ForwardNode& forward, Ops& ops, Form form) {
  const bool preferred = form == Form::kKernels || forward.node().domain == kernels::kDomain;
  if (const Rule* rule = preferred ? kernels::rule_for(forward.node()) : nullptr) {
    Grads made = (*rule)(forward, ops);
    if (!made.empty()) return made;
  }
  const GradientEntry* entry = rule_for(forward.node());
  if (!entry) throw Error(ErrorCode::kInternal, "operator " + forward.node().op + " has no standard gradient");
  return entry->rule(forward, ops);
}

// Inputs on the path to which a rule gave no gradient, with their nodes.
using Slots = std::vector<std::pair<std::string, const Node*>>;

struct Walk {
  Form form;
  Slots without;
};

void step_back(Ops& ops, const Node& node, const Names& on_path, Arrivals& arrivals, Walk& walk) {
  const auto scope = ops.scope(prefix_for(ops, node));
  std::vector<Value> inputs, outputs, grads;
  std::vector<bool> wanted;
  std::vector<std::string> names = node.inputs;
  if (!subgraphs(node).empty()) {
    std::set<std::string> captures;
    for (const GraphPtr& inner : subgraphs(node)) captures.merge(reads_of(*inner));
    std::ranges::copy_if(captures, std::back_inserter(names), [&](const std::string& name) { return on_path.contains(name); });
  }
  for (const std::string& name : names) {
    inputs.push_back(name.empty() ? Value() : ops.existing(name));
    wanted.push_back(on_path.contains(name));
  }
  for (const std::string& name : node.outputs) {
    outputs.push_back(name.empty() ? Value() : ops.existing(name));
    grads.push_back(on_path.contains(name) ? arrivals.total(name) : Value());
  }
  if (std::ranges::none_of(grads, [](const Value& grad) { return static_cast<bool>(grad); })) return;
  const Grads made = in_context("gradient of " + node.op + " \"" + node.name + "\"", [&] {
    return apply_rule(ForwardNode(node, std::move(inputs), std::move(outputs), std::move(grads), std::move(wanted)), ops, walk.form);
  });
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!on_path.contains(names[i])) continue;
    if (i < made.size() && made[i]) arrivals.add(names[i], made[i]);
    else walk.without.emplace_back(names[i], &node);
  }
}

// Drops the nodes from `first` on that nothing needs: the gradients nobody asked for.
void drop_unasked(Graph& graph, std::size_t first, const std::vector<Value>& results) {
  Names needed;
  for (const Value& value : results) needed.insert(value.name());
  std::vector<Node> kept;
  for (std::size_t i = graph.nodes.size(); i-- > first;) {
    Node& node = graph.nodes[i];
    if (std::ranges::none_of(node.outputs, [&](const std::string& name) { return needed.contains(name); })) continue;
    const std::set<std::string> reads = reads_of(node);
    needed.insert(reads.begin(), reads.end());
    kept.push_back(std::move(node));
  }
  Names gone;
  for (std::size_t i = first; i < graph.nodes.size(); ++i) gone.insert(graph.nodes[i].outputs.begin(), graph.nodes[i].outputs.end());
  for (const Node& node : kept)
    for (const std::string& name : node.outputs) gone.erase(name);
  graph.nodes.resize(first);
  std::ranges::move(std::views::reverse(kept), std::back_inserter(graph.nodes));
  std::erase_if(graph.values, [&](const ValueInfo& info) { return gone.contains(info.name); });
}

// The values that are asked for and, of those that a gradient can reach, the ones that none has.
struct Found {
  std::vector<Value> gradients;
  std::vector<bool> reached;
  Names empty;
};

Found walk_back(Ops& ops, const Path& path, const std::vector<Arrival>& from, const std::vector<Value>& with_respect_to, Walk& walk) {
  Arrivals arrivals(ops);
  const auto scope = ops.scope(prefix_for(ops, {}));
  for (const Arrival& one : from)
    if (one.gradient) arrivals.add(one.at.name(), one.gradient);
  for (const Node& node : path.nodes) step_back(ops, node, path.values, arrivals, walk);
  Found found;
  for (const Value& value : with_respect_to) {
    const bool reached = path.values.contains(value.name());
    const Value gradient = reached ? arrivals.total(value.name()) : Value();
    if (reached && !gradient) found.empty.insert(value.name());
    Value made = gradient ? full(ops, gradient, value) : zeros_like(ops, value);
    if (!made.rank_known()) made = reshape_like(ops, made, value);  // of a gradient whose rank could not be inferred: now it is known
    found.gradients.push_back(made);
    found.reached.push_back(static_cast<bool>(gradient));
  }
  return found;
}

// Where the gradients of `empty` were lost: at inputs for which operators have none.
void tell_empty(Ops& ops, const Found& found, const Walk& walk, std::vector<std::string>& notes) {
  if (found.empty.empty()) return;
  const Names influenced = influenced_by(ops, found.empty);
  std::set<std::string> places;
  for (const auto& [input, node] : walk.without)
    if (influenced.contains(input)) places.insert(described(*node) + " (\"" + input + "\")");
  std::set<std::string> names;
  for (const std::string& name : found.empty) names.insert("\"" + name + "\"");
  if (!places.empty())
    notes.push_back("the gradient of " + join({names.begin(), names.end()}) +
                    " is 0: there is none for what these read: " + join({places.begin(), places.end()}));
}

void expect_float(const Value& value) {
  if (!carries_gradient(value.dtype()))
    throw Error(ErrorCode::kInvalidArgument, "\"" + value.name() + "\" is " + to_string(value.dtype()), "only floats have gradients");
}

void expect_operator_set(Ops& ops) {
  const auto opset = ops.model().opsets.find("");
  if (opset != ops.model().opsets.end() && opset->second < 13)
    throw Error(ErrorCode::kUnsupported, "the graph is written in operator set " + std::to_string(opset->second),
                "gradients need 13 or newer: lowered() writes it in a newer one");
}

// Rules read the operators as they have been since set 18 (axes of reductions are inputs).
void write_anew(Ops& ops) {
  const auto opset = ops.model().opsets.find("");
  if (opset != ops.model().opsets.end() && opset->second < 18) set_opset(ops, 18);
}

// Without `asked`, values that no gradient reaches get zeros without a word: a rule asks for what may well have none.
Report differentiate_in(Form form, Ops& ops, const std::vector<Arrival>& arrivals, const std::vector<Value>& with_respect_to,
                        const Asked* asked = nullptr) {
  expect_operator_set(ops);
  Names targets;
  Names sources;
  for (const Arrival& one : arrivals) expect_float(one.at), targets.insert(one.at.name());
  for (const Value& value : with_respect_to) expect_float(value), sources.insert(value.name());
  write_anew(ops);
  Graph& graph = ops.model().graph;
  const std::vector<Node> nodes = graph.nodes;
  const std::vector<ValueInfo> values = graph.values;
  try {
    const Path path = find_path(ops, targets, sources);
    refuse_missing_rules(ops, path);
    const Stops stops = asked ? find_stops(ops, path, targets, sources) : Stops();
    refuse_stops(stops, !asked || asked->by_name, sources.size());
    const std::size_t first = graph.nodes.size();
    Walk walk{.form = form, .without = {}};
    Found found = walk_back(ops, path, arrivals, with_respect_to, walk);
    Report report{.gradients = std::move(found.gradients), .reached = std::move(found.reached), .notes = told(stops)};
    if (asked) tell_empty(ops, found, walk, report.notes);
    drop_unasked(graph, first, report.gradients);
    return report;
  } catch (...) {
    graph.nodes = nodes;
    graph.values = values;
    throw;
  }
}

// What arrives at one value: without `incoming` it must be a single number, and 1 arrives.
std::vector<Arrival> arrival_at(Ops& ops, const Value& of, const Value& incoming) {
  const bool single = of.rank_known() && std::ranges::all_of(of.dims(), [](const Dim& dim) { return dim.value == 1; });
  if (!incoming && !single)
    throw Error(ErrorCode::kInvalidArgument,
                "\"" + of.name() + "\" has shape " + (of.rank_known() ? to_string(of.dims()) : "[...]") + ", not a single number",
                "reduce it to one number, or say which gradient arrives at it");
  expect_float(of);
  return {{of, incoming ? incoming : number(ops, 1, of.dtype())}};
}

}  // namespace

std::vector<Value> differentiate(Ops& ops, const std::vector<Arrival>& arrivals, const std::vector<Value>& with_respect_to) {
  return differentiate_in(Form::kStandard, ops, arrivals, with_respect_to).gradients;
}

std::vector<Value> differentiate(Ops& ops, Value of, const std::vector<Value>& with_respect_to, Value incoming) {
  return differentiate(ops, std::move(of), with_respect_to, std::move(incoming), Form::kStandard);
}

std::vector<Value> differentiate(Ops& ops, Value of, const std::vector<Value>& with_respect_to, Value incoming, Form form) {
  return differentiate_in(form, ops, arrival_at(ops, of, incoming), with_respect_to).gradients;
}

Report differentiate_and_report(Ops& ops, Value of, const std::vector<Value>& with_respect_to, Value incoming, const Asked& asked) {
  return differentiate_in(asked.form, ops, arrival_at(ops, of, incoming), with_respect_to, &asked);
}

}  // namespace upkeep::gradients
