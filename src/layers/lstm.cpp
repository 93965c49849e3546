// Long short-term memory (Hochreiter & Schmidhuber 1997).   kernel [inputs, 4 units], recurrent_kernel [units, 4 units], bias [4 units];
// gates i, f, c, o
//
//   i, f, o = recurrent_activation(kernel x + recurrent_kernel h + bias)      c' = f c + i activation(...)      h' = o activation(c')
//
// ONNX orders the gates i, o, f, c and has a bias for the input and one for the state: the second is zero.

#include "layers/shared/recurrent.hpp"
#include "layers/shared/recurrent_view.hpp"
#include "layers/view/graph_view.hpp"

namespace upkeep {
namespace layers {

struct LstmOptions : RecurrentOptions {
  Json recurrent_activation = "sigmoid";
  bool unit_forget_bias = true;
};

}  // namespace layers

template <>
const Settings settings<layers::LstmOptions> = layers::describe_layer(
    "lstm", "long short-term memory over a sequence", layers::recurrent_fields<layers::LstmOptions>(),
    field("recurrent_activation", &layers::LstmOptions::recurrent_activation, "activation of the gates"),
    field("unit_forget_bias", &layers::LstmOptions::unit_forget_bias, "whether the bias of the forget gate starts at 1"));

namespace layers {
namespace {

class Lstm : public Recurrent {
 public:
  using Options = LstmOptions;

  explicit Lstm(const Options& options) : Recurrent("lstm", options), unit_forget_bias_(options.unit_forget_bias) {
    gate_ = in_context("lstm.recurrent_activation", [&] { return read_activation(options.recurrent_activation); });
    activation_ = read_activation(options.activation);
  }

  std::size_t state_count() const override { return 2; }

 protected:
  std::vector<std::int64_t> gate_order() const override { return {0, 3, 1, 2}; }
  const char* operator_name() const override { return "LSTM"; }
  Shape bias_shape() const override { return {4 * common().units}; }

  Json bias_initializer() const override {
    if (!unit_forget_bias_) return common().bias.initializer;
    return {{"class_name", "UnitForgetBias"}, {"config", {{"others", common().bias.initializer}}}};
  }

  Value operator_bias(Ops& ops, Value bias) const override {
    const Value by_gate = ops.gather(ops.reshape(bias, {4, common().units}), ops.ints(gate_order()), 0);
    return ops.concat({ops.reshape(by_gate, {1, -1}), ops.constant(Tensor::full({1, 4 * common().units}, 0.0F))}, 1);
  }

  Value input_bias(Ops&, Value bias) const override { return bias; }
  std::vector<Activation> operator_activations() const override { return {gate_, activation_, activation_}; }
  std::vector<Value> step(const Steps& steps, Value x, const std::vector<Value>& state) const override {
    Ops& ops = steps.ops;
    std::vector<Value> gates = steps.split(x);
    const std::vector<Value> of_state = steps.gates_of(state[0]);
    for (std::size_t i = 0; i < gates.size(); ++i) gates[i] = plus(ops, gates[i], of_state[i]);
    const Value added = ops.mul(activate(ops, gates[0], gate_), activate(ops, gates[2], activation_));
    const Value kept = state[1] ? ops.mul(activate(ops, gates[1], gate_), state[1]) : Value();
    const Value c = plus(ops, kept, added);
    return {ops.mul(activate(ops, gates[3], gate_), activate(ops, c, activation_)), c};
  }

 private:
  bool unit_forget_bias_;
  Activation gate_;
  Activation activation_;
};

std::optional<Recognised> read_lstm(const Node& node, const RecurrentDirection& direction) {
  if (direction.activations != std::vector<std::string>{"Sigmoid", "Tanh", "Tanh"}) return std::nullopt;
  if (node.get<std::int64_t>("input_forget", 0) != 0 || (node.inputs.size() > 7 && !node.inputs[7].empty())) return std::nullopt;
  static const std::vector<std::size_t> kKerasGates = {0, 2, 3, 1};  // i f c o in ONNX's i o f c
  Recognised made;
  made.weights = {{"kernel", keras_matrix(direction.w, kKerasGates)}, {"recurrent_kernel", keras_matrix(direction.r, kKerasGates)}};
  if (direction.b) made.weights.emplace_back("bias", keras_bias_sum(*direction.b, kKerasGates));
  return made;
}

}  // namespace

const RecurrentOperator& lstm_operator() {
  static const RecurrentOperator about{
      .kind = "lstm", .op = "LSTM", .gates = 4, .states = 2, .activations = {"Sigmoid", "Tanh", "Tanh"}, .read = read_lstm};
  return about;
}

void add_lstm(LayerCatalog& catalog) {
  LayerEntry made =
      entry<Lstm>("LSTM", [](const GraphView& graph, std::size_t node) { return recognise_recurrent(graph, node, lstm_operator()); });
  made.rest_argument = "initial_state";
  catalog.add(std::move(made));
}

}  // namespace layers
}  // namespace upkeep
