#include "train/lowerings/shared/recurrent.hpp"

#include <algorithm>

#include "base/names.hpp"
#include "graph/subgraph.hpp"

namespace upkeep::lowerings {
namespace {

constexpr std::size_t kX = 0, kW = 1, kR = 2, kB = 3, kLengths = 4, kPeepholes = 7;

Value scalar(Ops& ops, double value, DType dtype) { return ops.constant(Tensor::scalar(value).cast(dtype)); }
Value scaled(Ops& ops, Value x, float factor) { return factor == 1.0f ? x : ops.mul(x, scalar(ops, factor, x.dtype())); }

// --- activations ---------------------------------------------------------------------------------------------------
// The equations of the ONNX operators of the same names; ScaledTanh is alpha * tanh(beta * x), Affine alpha * x + beta.
// Where alpha and beta are not given they are what ONNX Runtime takes.

struct Parameters {
  float alpha, beta;
};
struct KnownActivation {
  std::string name;
  int parameters;       // how many of alpha and beta it takes
  Parameters standard;  // where none are given
  Value (*build)(Ops& ops, Value x, Parameters p);
};

Value attribute_node(Ops& ops, const char* op, Value x, std::vector<Attribute> attributes) {
  return ops.node(op, {x}, std::move(attributes));
}

const std::vector<KnownActivation>& known_activations() {
  static const std::vector<KnownActivation> kAll = {
      {"Relu", 0, {}, [](Ops& ops, Value x, Parameters) { return ops.relu(x); }},
      {"Tanh", 0, {}, [](Ops& ops, Value x, Parameters) { return ops.tanh(x); }},
      {"Sigmoid", 0, {}, [](Ops& ops, Value x, Parameters) { return ops.sigmoid(x); }},
      {"Softsign", 0, {}, [](Ops& ops, Value x, Parameters) { return ops.node("Softsign", {x}); }},
      {"Softplus", 0, {}, [](Ops& ops, Value x, Parameters) { return ops.softplus(x); }},
      {"LeakyRelu",
       1,
       {0.01f, 0},
       [](Ops& ops, Value x, Parameters p) { return attribute_node(ops, "LeakyRelu", x, {{"alpha", p.alpha, {}}}); }},
      {"ThresholdedRelu",
       1,
       {0, 0},
       [](Ops& ops, Value x, Parameters p) { return attribute_node(ops, "ThresholdedRelu", x, {{"alpha", p.alpha, {}}}); }},
      {"Elu", 1, {1, 0}, [](Ops& ops, Value x, Parameters p) { return attribute_node(ops, "Elu", x, {{"alpha", p.alpha, {}}}); }},
      {"Affine",
       2,
       {0, 0},
       [](Ops& ops, Value x, Parameters p) {
         const Value product = scaled(ops, x, p.alpha);
         return p.beta == 0 ? product : ops.add(product, scalar(ops, p.beta, x.dtype()));
       }},
      {"ScaledTanh", 2, {0, 0}, [](Ops& ops, Value x, Parameters p) { return scaled(ops, ops.tanh(scaled(ops, x, p.beta)), p.alpha); }},
      {"HardSigmoid",
       2,
       {0.2f, 0.5f},
       [](Ops& ops, Value x, Parameters p) {
         return attribute_node(ops, "HardSigmoid", x, {{"alpha", p.alpha, {}}, {"beta", p.beta, {}}});
       }},
  };
  return kAll;
}

std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

const KnownActivation& known_activation(const std::string& name) {
  std::vector<std::string> names;
  for (const KnownActivation& one : known_activations()) {
    if (lower_case(one.name) == lower_case(name)) return one;
    names.push_back(one.name);
  }
  throw unknown_name("activation", name, names, ErrorCode::kUnsupported);
}

// Of all directions. Each takes the next alpha and beta if it takes any, as ONNX Runtime reads the lists.
std::vector<Activation> activations_of(const Composite& node, const std::vector<std::string>& standard, std::size_t directions) {
  auto names = node.attribute<std::vector<std::string>>("activations", {});
  if (names.empty())
    for (std::size_t i = 0; i < directions; ++i) names.insert(names.end(), standard.begin(), standard.end());
  if (names.size() != standard.size() * directions)
    throw Error(ErrorCode::kUnsupported, std::to_string(names.size()) + " activations",
                std::to_string(standard.size() * directions) + " are needed: " + std::to_string(standard.size()) + " for each direction");
  const auto alphas = node.attribute<std::vector<float>>("activation_alpha", {});
  const auto betas = node.attribute<std::vector<float>>("activation_beta", {});
  std::size_t alpha = 0;
  std::size_t beta = 0;
  std::vector<Activation> made;
  for (const std::string& name : names) {
    const KnownActivation& known = known_activation(name);
    Parameters p = known.standard;
    if (known.parameters > 0 && alpha < alphas.size()) p.alpha = alphas[alpha++];
    if (known.parameters > 1 && beta < betas.size()) p.beta = betas[beta++];
    made.push_back([build = known.build, p](Ops& ops, Value x) { return build(ops, x, p); });
  }
  return made;
}

// --- shapes --------------------------------------------------------------------------------------------------------

std::int64_t hidden_size(const Composite& node) {
  if (const auto given = node.attribute<std::int64_t>("hidden_size", 0)) return given;
  const Value r = node.input(kR);
  if (r.rank_known() && r.rank() == 3 && r.dims()[2].known()) return r.dims()[2].value;
  throw Error(ErrorCode::kUnsupported, "the size of the state is not known", "give the node its attribute hidden_size");
}

Value dimension(Ops& ops, Value value, std::int64_t axis) { return ops.gather(ops.shape(value), ops.ints({axis}), 0); }

// [directions, ...] without that axis, each.
std::vector<Value> by_direction(Ops& ops, Value value, std::size_t directions, std::int64_t axis = 0) {
  if (!value) return std::vector<Value>(directions);
  if (directions == 1) return {ops.squeeze(value, {axis})};
  const std::vector<Value> halves = parts_of(ops, value, {1, 1}, axis);
  return {ops.squeeze(halves[0], {axis}), ops.squeeze(halves[1], {axis})};
}

// --- the recurrence ------------------------------------------------------------------------------------------------

class Expansion {
 public:
  Expansion(const Composite& node, Ops& ops, const Cell& cell)
      : node_(node), ops_(ops), cell_(cell), hidden_(hidden_size(node)), batch_first_(node.attribute<std::int64_t>("layout", 0) != 0) {
    const std::string words = node.attribute<std::string>("direction", "forward");
    if (words == "forward") reversed_ = {0};
    else if (words == "reverse") reversed_ = {1};
    else if (words == "bidirectional") reversed_ = {0, 1};
    else throw unknown_name("direction", words, {"forward", "reverse", "bidirectional"}, ErrorCode::kUnsupported);
    x_ = batch_first_ ? ops.transpose(node.input(kX), {1, 0, 2}) : node.input(kX);
    steps_ = dimension(ops, x_, 0);
    batch_ = dimension(ops, x_, 1);
    if (node.input(kLengths)) running_ = running_steps();
  }

  std::vector<Value> run() {
    const std::size_t count = reversed_.size();
    const std::vector<Activation> activations = activations_of(node_, cell_.activations, count);
    const auto weights = by_direction(ops_, node_.input(kW), count);
    const auto recurrent = by_direction(ops_, node_.input(kR), count);
    const auto biases = by_direction(ops_, node_.input(kB), count);
    const auto peepholes = by_direction(ops_, node_.input(kPeepholes), count);
    std::vector<std::vector<Value>> states;
    for (const std::size_t input : cell_.state_inputs)
      states.push_back(by_direction(ops_, node_.input(input), count, batch_first_ ? 1 : 0));
    std::vector<std::vector<Value>> results;  // by output, by direction
    for (std::size_t d = 0; d < count; ++d) {
      Direction direction{.activations = {},
                          .recurrent = recurrent[d],
                          .input_bias = {},
                          .recurrent_bias = {},
                          .peepholes = peepholes[d],
                          .prepared = {},
                          .hidden = hidden_};
      for (std::size_t i = 0; i < cell_.activations.size(); ++i)
        direction.activations.push_back(activations[d * cell_.activations.size() + i]);
      if (biases[d]) {
        const auto all = static_cast<std::int64_t>(cell_.gates) * hidden_;
        const auto two = parts_of(ops_, biases[d], {all, all});
        direction.input_bias = two[0], direction.recurrent_bias = two[1];
      }
      if (cell_.prepare) direction.prepared = cell_.prepare(node_, ops_, direction);
      std::vector<Value> first;
      for (const auto& state : states) first.push_back(state[d] ? state[d] : zero_state());
      const std::vector<Value> made = scan(direction, weights[d], first, reversed_[d]);
      results.resize(made.size());
      for (std::size_t i = 0; i < made.size(); ++i) results[i].push_back(made[i]);
    }
    return together(results);
  }

 private:
  // [steps, batch, 1]: where a sequence has not ended yet.
  Value running_steps() {
    const Value numbers = ops_.node("Range", {ops_.constant(Tensor::scalar(std::int64_t{0})), ops_.squeeze(steps_, {0}),
                                              ops_.constant(Tensor::scalar(std::int64_t{1}))});
    const Value lengths = ops_.cast(node_.input(kLengths), DType::kInt64);
    return ops_.unsqueeze(ops_.less(ops_.unsqueeze(numbers, {1}), ops_.unsqueeze(lengths, {0})), {2});
  }

  Value zero_state() {
    if (!zeros_)
      zeros_ = ops_.node("ConstantOfShape", {ops_.concat({batch_, ops_.ints({hidden_})}, 0)},
                         {{"value", Tensor({1}, std::vector<float>{0}).cast(x_.dtype()), {}}});
    return zeros_;
  }

  // x_t W^T + early bias for all steps: [steps, batch, gates * hidden].
  Value inputs_product(const Direction& direction, Value weights) {
    const Value rows = ops_.node("Flatten", {x_}, {{"axis", std::int64_t{2}, {}}});
    const Value product = ops_.gemm(rows, weights, cell_.early_bias(node_, ops_, direction), false, true);
    return ops_.reshape(product, ops_.concat({steps_, batch_, ops_.ints({static_cast<std::int64_t>(cell_.gates) * hidden_})}, 0));
  }

  // [Y, last state, ...]
  std::vector<Value> scan(const Direction& direction, Value weights, const std::vector<Value>& first, std::int64_t reversed) {
    const Value product = inputs_product(direction, weights);
    std::vector<Value> inputs = first;
    inputs.push_back(product);
    if (running_) inputs.push_back(running_);
    const std::int64_t parts = running_ ? 2 : 1;
    std::vector<Attribute> attributes{{"body", body(direction, first.size(), product), {}}, {"num_scan_inputs", parts, {}}};
    if (reversed != 0) attributes.push_back({"scan_input_directions", std::vector<std::int64_t>(static_cast<std::size_t>(parts), 1), {}});
    if (node_.has_output(0) && reversed != 0) attributes.push_back({"scan_output_directions", std::vector<std::int64_t>{1}, {}});
    std::vector<Value> made = ops_.nodes("Scan", inputs, first.size() + (node_.has_output(0) ? 1 : 0), std::move(attributes));
    if (!node_.has_output(0)) made.push_back({});
    std::rotate(made.begin(), made.end() - 1, made.end());
    return made;
  }

  GraphPtr body(const Direction& direction, std::size_t states, const Value& product) {
    Graph graph;
    graph.name = "step";
    Subgraph step(ops_, std::move(graph), ops_.prefix());
    Ops& inner = step.ops();
    const Dim batch = x_.rank_known() ? x_.dims()[1] : Dim();
    std::vector<Value> before;
    for (std::size_t i = 0; i < states; ++i)
      before.push_back(inner.input(unused(inner, i == 0 ? "h" : "c"), product.dtype(), {batch, hidden_}));
    const Value x = inner.input(unused(inner, "x"), product.dtype(), {batch, static_cast<std::int64_t>(cell_.gates) * hidden_});
    std::vector<Value> after = cell_.step(node_, inner, direction, x, before);
    Value shown = after[0];
    if (running_) {  // a sequence that has ended keeps its state, and gives zeros
      const Value runs = inner.input(unused(inner, "runs"), DType::kBool, {batch, 1});
      shown = inner.where(runs, after[0], scalar(inner, 0, after[0].dtype()));
      for (std::size_t i = 0; i < states; ++i) after[i] = inner.where(runs, after[i], before[i]);
    }
    if (node_.has_output(0)) after.push_back(shown);
    return step.with_outputs(after);
  }

  static std::string unused(Ops& ops, const std::string& base) {
    std::string name = ops.prefix() + base;
    while (ops.knows(name)) name += "_";
    return name;
  }

  // Outputs of the node from those of its directions: Y [steps, directions, batch, hidden], states [directions, batch, hidden].
  std::vector<Value> together(const std::vector<std::vector<Value>>& results) {
    std::vector<Value> outputs;
    for (std::size_t i = 0; i < results.size(); ++i) {
      outputs.push_back({});
      if (!node_.has_output(i)) continue;
      std::vector<Value> apart;
      for (const Value& one : results[i]) apart.push_back(ops_.unsqueeze(one, {i == 0 ? 1 : 0}));
      Value joined = apart.size() == 1 ? apart[0] : ops_.concat(apart, i == 0 ? 1 : 0);
      if (batch_first_) joined = i == 0 ? ops_.transpose(joined, {2, 0, 1, 3}) : ops_.transpose(joined, {1, 0, 2});
      outputs.back() = joined;
    }
    return outputs;
  }

  const Composite& node_;
  Ops& ops_;
  const Cell& cell_;
  const std::int64_t hidden_;
  const bool batch_first_;
  std::vector<std::int64_t> reversed_;  // by direction
  Value x_, steps_, batch_, running_, zeros_;
};

}  // namespace

std::vector<Value> expand_recurrent(const Composite& node, Ops& ops, const Cell& cell) { return Expansion(node, ops, cell).run(); }

Value outer(Ops& ops, const Value& value) { return ops.existing(value.name()); }

std::vector<Value> parts_of(Ops& ops, Value value, std::vector<std::int64_t> sizes, std::int64_t axis) {
  const std::size_t count = sizes.size();
  return ops.nodes("Split", {value, ops.ints(std::move(sizes))}, count, {{"axis", axis, {}}});
}

Value clipped(const Composite& node, Ops& ops, Value value) {
  const auto bound = node.attribute<float>("clip", 0.0f);
  if (!node.has("clip")) return value;
  return ops.node("Clip", {value, scalar(ops, -bound, value.dtype()), scalar(ops, bound, value.dtype())});
}

}  // namespace upkeep::lowerings
