// A body that is repeated, s_t, y_t = f(s_t-1, x_t, captured values), goes back from the last step to the first:
//
//   dL/ds_t-1, dL/dx_t, dL/dcaptured += f's gradients for (dL/ds_t, dL/dy_t)
//
// A Scan as a Scan, a Loop as a Loop over as many steps as it had. What f's gradients read of the forward step is stored by it: the forward
// node is made to stack those values. Only what does not depend on the step is computed again.

#include <algorithm>

#include "train/gradients/rule.hpp"
#include "train/gradients/shared/control_flow.hpp"

namespace upkeep::gradients {
namespace {

constexpr auto kReversed = [](std::int64_t direction) { return 1 - direction; };

class WayBack {
 public:
  WayBack(const ForwardNode& node, Ops& ops, const Repeated& steps)
      : node_(node),
        ops_(ops),
        steps_(steps),
        body_(ops, typed_body(ops, node.node(), steps.wiring), body_prefix(ops, node.node(), steps.wiring)),
        inputs_(body_.graph().inputs),
        outputs_(body_.graph().outputs) {
    find_flow();
    forward_nodes_ = body_.graph().nodes.size();
  }

  Grads run() {
    for (const auto& [from, to] : steps_.wiring.carried)
      if (flow_.targets[from]) carry_state(from, to);
    for (const Part& part : steps_.stacked)
      if (node_.grad(part.at_node) && flow_.targets[part.in_body]) take_gradient(part);
    differentiate_body();
    read_forward_values();
    return append();
  }

 private:
  struct Carried {  // from step to step
    ValueInfo input;
    Value initial;   // outside
    Value result;    // in the body
    std::size_t to;  // place in the list of gradients
  };
  struct Taken {  // a part a step
    ValueInfo input;
    Value source;  // outside; a stack, or a sequence
    std::int64_t axis;
    std::int64_t direction;
    bool is_sequence = false;
  };
  struct Given {   // a part a step
    Value result;  // in the body
    Part part;
  };

  void find_flow() {
    std::vector<bool> wanted;
    std::vector<bool> arriving;
    std::set<std::string> captures;
    for (std::size_t i = 0; i < node_.input_count(); ++i) wanted.push_back(node_.wants(i));
    for (std::size_t i = 0; i < node_.output_count(); ++i) arriving.push_back(static_cast<bool>(node_.grad(i)));
    for (std::size_t i = 0; i < node_.capture_count(); ++i) captures.insert(node_.capture(i).name());
    flow_ = body_flow(body_, steps_.wiring, wanted, captures, arriving);
  }

  Value inside(const std::string& name) { return body_.ops().existing(name); }

  std::string unused(const std::string& base) {
    std::string name = body_.ops().prefix() + base;
    while (body_.ops().knows(name)) name += "_";
    return name;
  }

  Value fresh_input(const std::string& base, const ValueType& type) { return body_.ops().input(unused(base), type); }

  static ValueInfo info(const Ops& ops, const Value& value) { return {value.name(), type_of(ops, value.name()), {}, {}}; }

  void carry_state(std::size_t from, std::size_t to) {
    const ValueInfo& state = inputs_[to];
    if (!state.type.opaque.empty())
      throw Error(ErrorCode::kUnsupported, "state \"" + state.name + "\" is " + to_string(state.type),
                  "states that are tensors have a gradient");
    const Value gradient = fresh_input("state_grad", state.type);
    arrivals_.push_back({inside(outputs_[from].name), gradient});
    const std::size_t output = *steps_.wiring.outputs[from];
    const std::size_t first = *steps_.wiring.inputs[to];
    const Value last = node_.output(output) ? node_.output(output) : node_.input(first);
    const bool arrives = node_.output(output) && node_.grad(output);
    carried_.push_back({info(body_.ops(), gradient), arrives ? full_grad(node_, ops_, output) : zeros_like(ops_, last), {}, first});
    wanted_.push_back(inside(state.name));
  }

  void take_gradient(const Part& part) {
    const Value output = inside(outputs_[part.in_body].name);
    if (is_scalar(node_.grad(part.at_node))) {
      arrivals_.push_back({output, inside(node_.grad(part.at_node).name())});
      return;
    }
    const Value whole = full_grad(node_, ops_, part.at_node);
    const Value gradient = fresh_input("part_grad", type_of(body_.ops(), output.name()));
    arrivals_.push_back({output, gradient});
    taken_.push_back({info(body_.ops(), gradient), whole, part.axis, kReversed(part.direction)});
  }

  void differentiate_body() {
    std::vector<Part> parts;
    for (const Part& part : steps_.taken)
      if (flow_.sources[part.in_body] && node_.wants(part.at_node)) parts.push_back(part);
    for (const Part& part : parts) wanted_.push_back(inside(inputs_[part.in_body].name));
    std::vector<std::size_t> captures;
    for (std::size_t i = 0; i < node_.capture_count(); ++i)
      if (flow_.path.values.contains(node_.capture(i).name())) captures.push_back(i);
    for (const std::size_t i : captures) wanted_.push_back(inside(node_.capture(i).name()));
    const std::vector<Value> made = differentiate(body_.ops(), arrivals_, wanted_);
    auto next = made.begin();
    for (Carried& state : carried_) state.result = *next++;
    for (const Part& part : parts) given_.push_back({*next++, part});
    for (const std::size_t i : captures) sum_up(i, *next++);
  }

  void sum_up(std::size_t capture, const Value& gradient) {
    const Value outer = node_.capture(capture);
    const Value so_far = fresh_input("capture_grad", type_of(ops_, outer.name()));
    carried_.push_back(
        {info(body_.ops(), so_far), zeros_like(ops_, outer), body_.ops().add(so_far, gradient), node_.input_count() + capture});
  }

  // --- what the way back reads of the way there ------------------------------------------------------------------

  std::set<std::string> read_by_gradients() {
    const std::vector<Node>& nodes = body_.graph().nodes;
    std::set<std::string> reads;
    for (std::size_t i = forward_nodes_; i < nodes.size(); ++i) reads.merge(reads_of(nodes[i]));
    for (const Carried& one : carried_) reads.insert(one.result.name());
    for (const Given& one : given_) reads.insert(one.result.name());
    return reads;
  }

  // Forward values that are not the same in every step.
  Names varying() {
    Names names;
    for (const ValueInfo& input : inputs_) names.insert(input.name);
    for (std::size_t i = 0; i < forward_nodes_; ++i) {
      const Node& node = body_.graph().nodes[i];
      if (is_random(node) || std::ranges::any_of(reads_of(node), [&](const std::string& name) { return names.contains(name); }))
        names.insert(node.outputs.begin(), node.outputs.end());
    }
    names.erase("");
    return names;
  }

  void read_forward_values() {
    const Names changing = varying();
    std::set<std::string> reads = read_by_gradients();
    for (const Part& part : steps_.taken) {
      const ValueInfo& input = inputs_[part.in_body];
      if (reads.erase(input.name) == 0) continue;
      taken_.push_back({input, node_.input(part.at_node), part.axis, kReversed(part.direction)});
    }
    std::vector<std::string> stored;
    std::ranges::copy_if(reads, std::back_inserter(stored), [&](const std::string& name) { return changing.contains(name); });
    if (taken_.empty() && stored.empty()) {  // something has to say how many steps there were
      if (steps_.taken.empty()) stored.push_back(inputs_[0].name);
      else
        taken_.push_back({{unused("step"), {inputs_[steps_.taken[0].in_body].type}, {}, {}},
                          node_.input(steps_.taken[0].at_node),
                          steps_.taken[0].axis,
                          kReversed(steps_.taken[0].direction)});
    }
    store(stored);
    Graph& graph = body_.graph();
    std::vector<Node> kept;
    for (std::size_t i = 0; i < graph.nodes.size(); ++i)
      if (i >= forward_nodes_ ||
          std::ranges::none_of(graph.nodes[i].outputs, [&](const std::string& name) { return changing.contains(name); }))
        kept.push_back(graph.nodes[i]);
    graph.nodes = std::move(kept);
  }

  // A shape that is the same in every step, as far as one can see.
  bool can_be_stacked(const std::string& name) {
    if (!steps_.taken.empty()) return true;  // Scan has no other way
    const ValueType type = type_of(body_.ops(), name);
    return type.shape && std::ranges::all_of(*type.shape, [](const Dim& dim) { return dim.known() || !dim.symbol.empty(); });
  }

  // Makes the forward node give these values of all its steps.
  void store(const std::vector<std::string>& names) {
    if (names.empty()) return;
    Graph forward = body_.graph();
    forward.nodes.resize(forward_nodes_);
    forward.inputs = inputs_;
    forward.outputs = outputs_;
    forward.values.clear();
    std::vector<std::string> stacked;
    std::vector<std::string> kept;
    std::ranges::partition_copy(names, std::back_inserter(stacked), std::back_inserter(kept),
                                [&](const std::string& name) { return can_be_stacked(name); });
    add_stacks(forward, stacked);
    std::vector<Value> empty = add_sequences(forward, kept);
    drop_unused(forward);
    const std::size_t lacking = steps_.wiring.outputs.size() - (steps_.taken.empty() ? 1 : 0) - node_.output_count();
    std::vector<Attribute> attributes = steps_.attributes_for_more(node_.node(), lacking + stacked.size());
    attributes.push_back({"body", GraphPtr(std::make_shared<const Graph>(std::move(forward))), {}});
    extend(lacking, stacked, kept, std::move(empty), std::move(attributes));
  }

  void add_stacks(Graph& forward, const std::vector<std::string>& names) {
    Names own;
    for (const Node& node : forward.nodes) own.insert(node.outputs.begin(), node.outputs.end());
    for (const ValueInfo& output : outputs_) own.erase(output.name);
    for (const std::string& name : names) {
      std::string shown = name;
      if (!own.contains(name)) {
        shown = unused("stored_" + name);
        forward.nodes.push_back({.op = "Identity", .domain = {}, .name = shown, .inputs = {name}, .outputs = {shown}});
      }
      forward.outputs.push_back(Subgraph::output_info(shown, inside(name)));
    }
  }

  // A state for each that is a sequence and grows by one element a step. Returns the sequences before the first step.
  std::vector<Value> add_sequences(Graph& forward, const std::vector<std::string>& names) {
    std::vector<Value> empty;
    std::size_t at = steps_.wiring.carried.size() + 1;  // after the condition and the states
    for (const std::string& name : names) {
      const Value first = ops_.node("SequenceEmpty", {}, {{"dtype", static_cast<std::int64_t>(inside(name).dtype()), {}}});
      const std::string before = unused("so_far_" + name);
      const std::string after = unused("stored_" + name);
      forward.inputs.push_back({before, first.type(), {}, {}});
      forward.nodes.push_back({.op = "SequenceInsert", .domain = {}, .name = after, .inputs = {before, name}, .outputs = {after}});
      forward.outputs.insert(forward.outputs.begin() + static_cast<std::ptrdiff_t>(at++), {after, first.type(), {}, {}});
      empty.push_back(first);
    }
    return empty;
  }

  void extend(std::size_t lacking, const std::vector<std::string>& stacked, const std::vector<std::string>& kept, std::vector<Value> empty,
              std::vector<Attribute> attributes) {
    const std::vector<Value> made = ops_.extend(any_output(), {.attributes = std::move(attributes),
                                                               .inputs = std::move(empty),
                                                               .appended = lacking + stacked.size(),
                                                               .inserted = kept.size(),
                                                               .at = steps_.wiring.carried.size()});
    for (std::size_t i = 0; i < kept.size(); ++i) taken_.push_back({info(body_.ops(), inside(kept[i])), made[i], 0, 1, true});
    for (std::size_t i = 0; i < stacked.size(); ++i)
      taken_.push_back({info(body_.ops(), inside(stacked[i])), made[kept.size() + lacking + i], 0, 1});
  }

  Value any_output() const {
    for (std::size_t i = 0; i < node_.output_count(); ++i)
      if (node_.output(i)) return node_.output(i);
    throw Error(ErrorCode::kInternal, "a node without outputs has gradients");
  }

  // --- the way back ------------------------------------------------------------------------------------------------

  Grads append() {
    std::vector<Value> results;
    body_.graph().inputs.clear();
    for (const Carried& one : carried_) {
      body_.graph().inputs.push_back(one.input);
      results.push_back(one.result);
    }
    const std::vector<Value> made = steps_.taken.empty() ? append_loop(results) : append_scan(results);
    Grads grads(node_.input_count() + node_.capture_count());
    for (std::size_t i = 0; i < carried_.size(); ++i) grads[carried_[i].to] = made[i];
    for (std::size_t i = 0; i < given_.size(); ++i) grads[given_[i].part.at_node] = made[carried_.size() + i];
    return grads;
  }

  std::vector<Value> append_scan(std::vector<Value> results) {
    std::vector<Value> inputs;
    std::vector<std::int64_t> in_axes, in_directions, out_axes, out_directions;
    for (const Carried& one : carried_) inputs.push_back(one.initial);
    for (const Taken& one : taken_) {
      body_.graph().inputs.push_back(one.input);
      inputs.push_back(one.source);
      in_axes.push_back(one.axis), in_directions.push_back(one.direction);
    }
    for (const Given& one : given_) {
      results.push_back(one.result);
      out_axes.push_back(one.part.axis), out_directions.push_back(kReversed(one.part.direction));
    }
    std::vector<Attribute> attributes{{"body", body_.with_outputs(results), {}},
                                      {"num_scan_inputs", static_cast<std::int64_t>(taken_.size()), {}},
                                      {"scan_input_axes", std::move(in_axes), {}},
                                      {"scan_input_directions", std::move(in_directions), {}}};
    if (!given_.empty()) {
      attributes.push_back({"scan_output_axes", std::move(out_axes), {}});
      attributes.push_back({"scan_output_directions", std::move(out_directions), {}});
    }
    return ops_.nodes("Scan", inputs, results.size(), std::move(attributes));
  }

  // A Loop may have had no step at all, and ONNX Runtime's Scan needs one; so this is a Loop too, which takes its parts by number.
  std::vector<Value> append_loop(std::vector<Value> results) {
    Graph& graph = body_.graph();
    const std::string step = unused("step");
    const std::string place = unused("place");
    const std::string condition = unused("condition");
    const Value& counted = taken_.at(0).source;
    const Value steps = taken_[0].is_sequence ? ops_.node("SequenceLength", {counted})
                                              : ops_.gather(ops_.shape(counted), ops_.constant(Tensor::scalar(std::int64_t{0})), 0);
    const Value last = ops_.sub(steps, ops_.constant(Tensor::scalar(std::int64_t{1})));
    std::vector<Node> nodes{{.op = "Sub", .domain = {}, .name = place, .inputs = {last.name(), step}, .outputs = {place}}};
    for (const Taken& one : taken_)
      nodes.push_back({.op = one.is_sequence ? "SequenceAt" : "Gather",
                       .domain = {},
                       .name = one.input.name,
                       .inputs = {one.source.name(), place},
                       .outputs = {one.input.name}});
    graph.nodes.insert(graph.nodes.begin(), nodes.begin(), nodes.end());
    graph.inputs.insert(graph.inputs.begin(),
                        {{step, {DType::kInt64, Dims{}, {}}, {}, {}}, {condition, {DType::kBool, Dims{}, {}}, {}, {}}});
    std::vector<Value> inputs{steps, Value()};
    for (const Carried& one : carried_) inputs.push_back(one.initial);
    results.insert(results.begin(), body_.ops().constant(Tensor::scalar(true)));
    return ops_.nodes("Loop", inputs, carried_.size(), {{"body", body_.with_outputs(results), {}}});
  }

  const ForwardNode& node_;
  Ops& ops_;
  const Repeated& steps_;
  Subgraph body_;
  const std::vector<ValueInfo> inputs_, outputs_;  // of the forward body
  BodyFlow flow_;
  std::size_t forward_nodes_ = 0;
  std::vector<Arrival> arrivals_;
  std::vector<Value> wanted_;
  std::vector<Carried> carried_;
  std::vector<Taken> taken_;
  std::vector<Given> given_;
};

}  // namespace

// Of a Scan: further outputs are stacked along axis 0, the first step first.
std::vector<Attribute> Repeated::attributes_for_more(const Node& node, std::size_t more) const {
  std::vector<Attribute> attributes;
  for (const char* name : {"scan_output_axes", "scan_output_directions"}) {
    auto list = node.get<std::vector<std::int64_t>>(name, {});
    if (list.empty()) continue;
    list.resize(list.size() + more);
    attributes.push_back({name, std::move(list), {}});
  }
  return attributes;
}

Grads differentiate_repeated(const ForwardNode& node, Ops& ops, const Repeated& steps) { return WayBack(node, ops, steps).run(); }

}  // namespace upkeep::gradients
