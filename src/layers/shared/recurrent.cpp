#include "layers/shared/recurrent.hpp"

#include <algorithm>
#include <limits>

#include "base/format.hpp"
#include "layers/keras/form.hpp"
#include "layers/shared/initializers.hpp"
#include "layers/shared/noise.hpp"
#include "layers/view/nested.hpp"

namespace upkeep::layers {
namespace {

// ONNX's name for an activation, with the parameters that its list of them holds.
struct OperatorActivation {
  std::string name;
  std::optional<float> alpha;
  std::optional<float> beta;
};

std::optional<OperatorActivation> operator_activation(const Activation& activation) {
  const auto number = [&](const char* name) { return activation.parameters.at(name).get<float>(); };
  if (activation.name == "tanh") return OperatorActivation{"Tanh", {}, {}};
  if (activation.name == "sigmoid") return OperatorActivation{"Sigmoid", {}, {}};
  if (activation.name == "softsign") return OperatorActivation{"Softsign", {}, {}};
  if (activation.name == "softplus") return OperatorActivation{"Softplus", {}, {}};
  if (activation.name == "linear") return OperatorActivation{"Affine", 1.0F, 0.0F};
  if (activation.name == "elu") return OperatorActivation{"Elu", number("alpha"), {}};
  if (activation.name == "leaky_relu") return OperatorActivation{"LeakyRelu", number("negative_slope"), {}};
  if (activation.name == "hard_sigmoid") return OperatorActivation{"HardSigmoid", number("slope"), number("offset")};
  if (activation == read_activation("relu")) return OperatorActivation{"Relu", {}, {}};
  return std::nullopt;
}

Value scalar_index(Ops& ops, std::size_t index) { return ops.constant(Tensor::scalar(static_cast<std::int64_t>(index))); }

}  // namespace

Value reversed_time(Ops& ops, Value x) {
  return ops.node("Slice", {x, ops.ints({-1}), ops.ints({std::numeric_limits<std::int64_t>::min()}), ops.ints({1}), ops.ints({-1})});
}

Recurrent::Recurrent(std::string kind, RecurrentOptions common) : kind_(std::move(kind)), common_(std::move(common)) {
  if (common_.units == 0)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("{} needs a number of units", kind_), "such as units: 32");
  check(common_.kernel, kind_, "kernel");
  check(common_.recurrent, kind_, "recurrent");
  check(common_.bias, kind_, "bias");
  in_context(kind_ + ".activation", [&] { read_activation(common_.activation); });
  in_context(kind_ + ".activity_regularizer", [&] { check_regularizer(common_.activity_regularizer); });
}

std::vector<WeightSpec> Recurrent::weights(const std::vector<Dims>& inputs) const {
  const Dims& input = inputs[0];
  if (input.size() != 3 || !input[2].known())
    throw Error(ErrorCode::kInvalidArgument, "it expects [batch, time, features] with a known number of features, got " + to_string(input));
  const std::int64_t columns = static_cast<std::int64_t>(gates()) * common_.units;
  std::vector<WeightSpec> all = {weight_spec("kernel", {input[2].value, columns}, common_.kernel, common_.trainable),
                                 weight_spec("recurrent_kernel", {common_.units, columns}, common_.recurrent, common_.trainable)};
  if (common_.use_bias) {
    all.push_back(weight_spec("bias", bias_shape(), common_.bias, common_.trainable));
    all.back().initializer = bias_initializer();
  }
  return in_part(std::move(all), "cell");
}

std::vector<Value> Recurrent::build_all(const BuildContext& context) const {
  SequenceRead read = this->read(context);
  Value y = read.last;
  if (common_.return_sequences) y = common_.go_backwards ? reversed_time(context.ops, read.steps) : read.steps;
  penalise(context, y, common_.activity_regularizer);
  std::vector<Value> all = std::move(read.states);
  all.insert(all.begin(), y);
  return all;
}

Value Recurrent::mask(const BuildContext& context) const { return common_.return_sequences ? context.mask(0) : Value(); }

SequenceRead Recurrent::read(const BuildContext& context) const {
  if (context.training && common_.stateful)
    throw Error(ErrorCode::kUnsupported, "states that outlive a batch cannot be trained", "train whole sequences, with stateful: false");
  const Result result = run(context);
  const bool read_in_time = !common_.go_backwards || (!context.mask(0) && has_operator(context));
  return {.steps = read_in_time ? result.steps[0] : reversed_time(context.ops, result.steps[0]),
          .last = result.last[0],
          .states = common_.return_state ? result.last : std::vector<Value>{}};
}

std::vector<Value> Recurrent::initial_states(const BuildContext& context) const {
  std::vector<Value> states(state_count());
  if (context.inputs.size() != 1 && context.inputs.size() != states.size() + 1)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("it reads a sequence and {} initial state{}, or the sequence alone",
                                                            states.size(), states.size() == 1 ? "" : "s"));
  for (std::size_t i = 1; i < context.inputs.size(); ++i) states[i - 1] = context.ops.cast(context.inputs[i], DType::kFloat32);
  return states;
}

// A masked step is skipped: the state stays. So the steps that count are moved to the front, and each step reads the output of the last one
// that counts, or the initial state where there was none.
Recurrent::Result Recurrent::run(const BuildContext& context) const {
  Ops& ops = context.ops;
  Value x = ops.cast(context.inputs[0], DType::kFloat32);
  const Value mask = context.mask(0);
  if (!mask && has_operator(context)) return by_operator(context, x, common_.go_backwards);
  if (common_.go_backwards) x = reversed_time(ops, x);
  if (!mask) return forwards(context, x);
  return masked(context, x, common_.go_backwards ? reversed_time(ops, ops.cast(mask, DType::kInt32)) : mask);
}

Recurrent::Result Recurrent::forwards(const BuildContext& context, Value x, Value lengths) const {
  return has_operator(context) ? by_operator(context, x, false, std::move(lengths)) : by_steps(context, x);
}

Recurrent::Result Recurrent::masked(const BuildContext& context, Value x, Value mask) const {
  Ops& ops = context.ops;
  const Value one = ops.constant(Tensor::scalar(std::int64_t{1}));
  const Value counts = ops.cast(mask, DType::kInt64);      // [batch, time]
  const Value number = ops.node("CumSum", {counts, one});  // of steps that count up to here
  const Value time = ops.gather(ops.shape(x), one, 0);
  const Value places = ops.node("Range", {ops.constant(Tensor::scalar(std::int64_t{0})), time, one});
  const Value late = ops.mul(ops.sub(one, counts), time);
  const std::vector<Value> sorted = ops.nodes("TopK", {ops.add(places, late), ops.unsqueeze(time, {0})}, 2,
                                              {{"axis", std::int64_t{1}}, {"largest", std::int64_t{0}}, {"sorted", std::int64_t{1}}});
  const Value order = ops.expand(ops.unsqueeze(sorted[1], {2}), ops.shape(x));
  const Value total = ops.gather(number, ops.constant(Tensor::scalar(std::int64_t{-1})), 1);  // [batch]
  const bool cells = common_.return_state && state_count() > 1;
  const Value lengths = cells ? ops.cast(ops.node("Max", {total, one}), DType::kInt32) : Value();
  const Value sequence = ops.node("GatherElements", {x, order}, {{"axis", std::int64_t{1}}});
  const Result read = forwards(context, sequence, lengths);
  const std::vector<Value> initial = initial_states(context);
  const auto from_start = [&](std::size_t state) {  // with what the sequence starts from in front: [batch, 1 + time, units]
    const Value& steps = read.steps[state];
    const Value first = initial[state] ? ops.unsqueeze(initial[state], {1}) : ops.mul(ops.gather(steps, ops.ints({0}), 1), 0.0F);
    return ops.concat({first, steps}, 1);
  };
  const Value wanted = ops.expand(ops.unsqueeze(number, {2}), ops.shape(read.steps[0]));
  Value y = ops.node("GatherElements", {from_start(0), wanted}, {{"axis", std::int64_t{1}}});
  Result result{.steps = {y}, .last = {ops.gather(y, ops.constant(Tensor::scalar(std::int64_t{-1})), 1)}};
  if (common_.zero_output_for_mask) result.steps[0] = ops.where(ops.cast(ops.unsqueeze(counts, {2}), DType::kBool), y, ops.constant(0.0F));
  for (std::size_t state = 1; cells && state < state_count(); ++state) {
    if (state < read.steps.size()) {
      const Value end = ops.expand(ops.unsqueeze(total, {1, 2}), ops.concat({ops.ints({1, 1}), ops.ints({common_.units})}, 0));
      result.last.push_back(ops.squeeze(ops.node("GatherElements", {from_start(state), end}, {{"axis", std::int64_t{1}}}), {1}));
      continue;
    }
    const Value any = ops.unsqueeze(ops.greater(total, ops.constant(Tensor::scalar(std::int64_t{0}))), {1});
    result.last.push_back(ops.where(any, read.last[state], initial[state] ? initial[state] : ops.constant(0.0F)));
  }
  return result;
}

// --- dropout -------------------------------------------------------------------------------------------------------

// Keras drops nothing at a rate of 1.
bool Recurrent::drops_inputs(const BuildContext& context) const { return context.training && common_.dropout > 0 && common_.dropout < 1; }

bool Recurrent::drops_state(const BuildContext& context) const {
  return context.training && common_.recurrent_dropout > 0 && common_.recurrent_dropout < 1;
}

// The same inputs are dropped in each step.
Value Recurrent::dropped_input(const BuildContext& context, Value x) const {
  if (!drops_inputs(context)) return x;
  Dims noise = x.dims();
  noise[1] = 1;
  return drop(context, x, common_.dropout, noise_dims(noise), "dropout");
}

Value Recurrent::gate_columns(Ops& ops, Value matrix, std::size_t gate) const {
  const Value by_gate = ops.reshape(matrix, {0, static_cast<std::int64_t>(gates()), common_.units});
  return ops.gather(by_gate, scalar_index(ops, gate), 1);
}

// kernel x for all steps, [batch, time, gates units]. With a recurrent dropout, Keras drops other inputs for each gate.
Value Recurrent::projected(const BuildContext& context, Value x) const {
  Ops& ops = context.ops;
  const Value kernel = context.weight("kernel");
  Value y;
  if (drops_inputs(context) && common_.recurrent_dropout > 0 && gates() > 1) {
    Dims noise = noise_dims({x.dims()[0], static_cast<std::int64_t>(gates()), x.dims()[2]});
    const Value factors = drop_factors(context, common_.dropout, noise, "dropout");
    std::vector<Value> parts;
    for (std::size_t gate = 0; gate < gates(); ++gate) {
      const Value factor = ops.gather(factors, ops.ints({static_cast<std::int64_t>(gate)}), 1);
      parts.push_back(ops.matmul(ops.mul(x, factor), gate_columns(ops, kernel, gate)));
    }
    y = ops.concat(std::move(parts), 2);
  } else {
    y = ops.matmul(dropped_input(context, x), kernel);
  }
  return common_.use_bias ? ops.add(y, input_bias(ops, context.weight("bias"))) : y;
}

// --- one node ------------------------------------------------------------------------------------------------------

bool Recurrent::has_operator(const BuildContext& context) const {
  return !drops_state(context) &&
         std::ranges::all_of(operator_activations(), [](const Activation& one) { return operator_activation(one).has_value(); });
}

Value Recurrent::bias_or_none(const BuildContext& context) const { return common_.use_bias ? context.weight("bias") : Value(); }

// [rows, gates units] in Keras's order of gates as [1, gates units, rows] in ONNX's.
Value Recurrent::operator_matrix(Ops& ops, Value matrix) const {
  std::vector<std::int64_t> order = gate_order();
  Value by_gate = matrix;
  if (!std::ranges::is_sorted(order)) {
    const Value apart = ops.reshape(matrix, {0, static_cast<std::int64_t>(gates()), common_.units});
    by_gate = ops.reshape(ops.gather(apart, ops.ints(std::move(order)), 1), {0, -1});
  }
  return ops.unsqueeze(ops.transpose(by_gate, {1, 0}), {0});
}

std::vector<Attribute> Recurrent::attributes(bool backwards) const {
  std::vector<Attribute> all = operator_attributes();
  all.push_back({"hidden_size", common_.units, {}});
  if (backwards) all.push_back({"direction", std::string("reverse"), {}});
  std::vector<std::string> names;
  std::vector<float> alphas;
  std::vector<float> betas;
  for (const Activation& one : operator_activations()) {
    const OperatorActivation known = *operator_activation(one);
    names.push_back(known.name);
    if (known.alpha) alphas.push_back(*known.alpha);
    if (known.beta) betas.push_back(*known.beta);
  }
  std::vector<std::string> defaults(names.size(), "Tanh");
  if (gates() > 1) defaults[0] = "Sigmoid";
  if (names != defaults) all.push_back({"activations", names, {}});
  if (!alphas.empty()) all.push_back({"activation_alpha", alphas, {}});
  if (!betas.empty()) all.push_back({"activation_beta", betas, {}});
  return all;
}

Recurrent::Result Recurrent::by_operator(const BuildContext& context, Value x, bool backwards, Value lengths) const {
  Ops& ops = context.ops;
  const Value bias = common_.use_bias ? operator_bias(ops, context.weight("bias")) : Value();
  const Value by_time = ops.transpose(dropped_input(context, x), {1, 0, 2});
  std::vector<Value> inputs = {by_time, operator_matrix(ops, context.weight("kernel")),
                               operator_matrix(ops, context.weight("recurrent_kernel")), bias, std::move(lengths)};
  for (const Value& state : initial_states(context)) inputs.push_back(state ? ops.unsqueeze(state, {0}) : Value());
  while (!inputs.back()) inputs.pop_back();
  const std::size_t states = common_.return_state ? state_count() : 1;
  const std::vector<Value> y = ops.nodes(operator_name(), std::move(inputs), 1 + states, attributes(backwards));
  Result result{.steps = {ops.transpose(ops.squeeze(y[0], {1}), {1, 0, 2})}, .last = {}};
  for (std::size_t i = 1; i < y.size(); ++i) result.last.push_back(ops.squeeze(y[i], {0}));
  return result;
}

// --- step by step --------------------------------------------------------------------------------------------------

Value Recurrent::plus(Ops& ops, Value a, Value b) {
  if (!a || !b) return a ? a : b;
  return ops.add(a, b);
}

Value Recurrent::Steps::gate_of(Value h, std::size_t gate) const {
  if (!h) return {};
  return ops.matmul(state_factors.empty() ? h : ops.mul(h, state_factors[gate]), recurrent_gate[gate]);
}

std::vector<Value> Recurrent::Steps::gates_of(Value h) const {
  if (h && state_factors.empty()) return split(ops.matmul(h, recurrent));
  std::vector<Value> all;
  for (std::size_t gate = 0; gate < recurrent_gate.size(); ++gate) all.push_back(gate_of(h, gate));
  return all;
}

std::vector<Value> Recurrent::Steps::split(Value gates) const {
  if (recurrent_gate.size() == 1) return {gates};
  return ops.nodes("Split", {gates}, recurrent_gate.size(),
                   {{"axis", std::int64_t{-1}}, {"num_outputs", static_cast<std::int64_t>(recurrent_gate.size())}});
}

Recurrent::Result Recurrent::by_steps(const BuildContext& context, Value x) const {
  Ops& ops = context.ops;
  const Dim& time = context.inputs[0].dims()[1];
  if (!time.known() || time.value == 0)
    throw Error(ErrorCode::kUnsupported,
                drops_state(context)
                    ? "recurrent dropout needs a known number of steps"
                    : "activations that ONNX's " + std::string(operator_name()) + " does not know need a known number of steps",
                "give the input layer its shape");
  const Value recurrent = context.weight("recurrent_kernel");
  Steps steps{
      .ops = ops, .units = common_.units, .recurrent = recurrent, .recurrent_gate = {}, .bias = bias_or_none(context), .state_factors = {}};
  for (std::size_t gate = 0; gate < gates(); ++gate)
    steps.recurrent_gate.push_back(gates() == 1 ? recurrent : gate_columns(ops, recurrent, gate));
  if (drops_state(context)) {
    const Dims noise = noise_dims({x.dims()[0], static_cast<std::int64_t>(gates()), common_.units});
    const Value factors = drop_factors(context, common_.recurrent_dropout, noise, "recurrent_dropout");
    for (std::size_t gate = 0; gate < gates(); ++gate) steps.state_factors.push_back(ops.gather(factors, scalar_index(ops, gate), 1));
  }
  const std::vector<Value> gates_by_step = ops.nodes("Split", {projected(context, x)}, static_cast<std::size_t>(time.value),
                                                     {{"axis", std::int64_t{1}}, {"num_outputs", time.value}});
  std::vector<Value> state = initial_states(context);
  const std::size_t kept = common_.return_state ? state.size() : 1;
  std::vector<std::vector<Value>> by_state(kept);
  for (const Value& one : gates_by_step) {
    state = step(steps, ops.squeeze(one, {1}), state);
    for (std::size_t i = 0; i < kept; ++i) by_state[i].push_back(ops.unsqueeze(state[i], {1}));
  }
  Result result{.steps = {}, .last = {state.begin(), state.begin() + static_cast<std::ptrdiff_t>(kept)}};
  for (std::vector<Value>& values : by_state) result.steps.push_back(ops.concat(std::move(values), 1));
  return result;
}

}  // namespace upkeep::layers
