// h' = activation(kernel x + recurrent_kernel h + bias) (Elman 1990).   kernel [inputs, units], recurrent_kernel [units, units], bias
// [units]

#include "layers/shared/recurrent.hpp"
#include "layers/shared/recurrent_view.hpp"
#include "layers/view/graph_view.hpp"

namespace upkeep {
namespace layers {

struct SimpleRnnOptions : RecurrentOptions {};

}  // namespace layers

template <>
const Settings settings<layers::SimpleRnnOptions> =
    layers::describe_layer("simple_rnn", "a state that is fed back, over a sequence", layers::recurrent_fields<layers::SimpleRnnOptions>());

namespace layers {
namespace {

class SimpleRnn : public Recurrent {
 public:
  using Options = SimpleRnnOptions;
  explicit SimpleRnn(const Options& options) : Recurrent("simple_rnn", options), activation_(read_activation(options.activation)) {}

 protected:
  std::vector<std::int64_t> gate_order() const override { return {0}; }
  const char* operator_name() const override { return "RNN"; }
  Shape bias_shape() const override { return {common().units}; }
  Value operator_bias(Ops& ops, Value bias) const override {
    return ops.concat({ops.unsqueeze(bias, {0}), ops.constant(Tensor::full({1, common().units}, 0.0F))}, 1);
  }
  Value input_bias(Ops&, Value bias) const override { return bias; }
  std::vector<Activation> operator_activations() const override { return {activation_}; }
  std::vector<Value> step(const Steps& steps, Value x, const std::vector<Value>& state) const override {
    return {activate(steps.ops, plus(steps.ops, x, steps.gate_of(state[0], 0)), activation_)};
  }

 private:
  Activation activation_;
};

std::optional<Recognised> read_simple_rnn(const Node&, const RecurrentDirection& direction) {
  Recognised made;
  if (direction.activations == std::vector<std::string>{"Relu"}) made.settings["activation"] = "relu";
  else if (direction.activations != std::vector<std::string>{"Tanh"}) return std::nullopt;
  made.weights = {{"kernel", keras_matrix(direction.w, {0})}, {"recurrent_kernel", keras_matrix(direction.r, {0})}};
  if (direction.b) made.weights.emplace_back("bias", keras_bias_sum(*direction.b, {0}));
  return made;
}

}  // namespace

const RecurrentOperator& simple_rnn_operator() {
  static const RecurrentOperator about{
      .kind = "simple_rnn", .op = "RNN", .gates = 1, .states = 1, .activations = {"Tanh"}, .read = read_simple_rnn};
  return about;
}

void add_simple_rnn(LayerCatalog& catalog) {
  LayerEntry made = entry<SimpleRnn>(
      "SimpleRNN", [](const GraphView& graph, std::size_t node) { return recognise_recurrent(graph, node, simple_rnn_operator()); });
  made.rest_argument = "initial_state";
  catalog.add(std::move(made));
}

}  // namespace layers
}  // namespace upkeep
