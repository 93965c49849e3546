// Gated recurrent unit (Cho et al. 2014).   kernel [inputs, 3 units], recurrent_kernel [units, 3 units]; gates z, r, h
//
//   z, r = recurrent_activation(kernel x + recurrent_kernel h)      h' = z h + (1 - z) activation(kernel x + n)
//   reset_after:   n = r (recurrent_kernel h + bias)      bias [2, 3 units], of the input and of the state
//   otherwise:     n = recurrent_kernel (r h)             bias [3 units]

#include "layers/shared/recurrent.hpp"
#include "layers/shared/recurrent_view.hpp"
#include "layers/view/graph_view.hpp"

namespace upkeep {
namespace layers {

struct GruOptions : RecurrentOptions {
  Json recurrent_activation = "sigmoid";
  bool reset_after = true;
};

}  // namespace layers

template <>
const Settings settings<layers::GruOptions> = layers::describe_layer(
    "gru", "gated recurrent unit over a sequence", layers::recurrent_fields<layers::GruOptions>(),
    field("recurrent_activation", &layers::GruOptions::recurrent_activation, "activation of the gates"),
    field("reset_after", &layers::GruOptions::reset_after, "whether the reset gate comes after the multiplication, as in cuDNN"));

namespace layers {
namespace {

class Gru : public Recurrent {
 public:
  using Options = GruOptions;

  explicit Gru(const Options& options) : Recurrent("gru", options), reset_after_(options.reset_after) {
    gate_ = in_context("gru.recurrent_activation", [&] { return read_activation(options.recurrent_activation); });
    activation_ = read_activation(options.activation);
  }

 protected:
  std::vector<std::int64_t> gate_order() const override { return {0, 1, 2}; }
  const char* operator_name() const override { return "GRU"; }
  Shape bias_shape() const override {
    const std::int64_t columns = 3 * common().units;
    return reset_after_ ? Shape{2, columns} : Shape{columns};
  }

  Value operator_bias(Ops& ops, Value bias) const override {
    const Value row = ops.reshape(bias, {1, -1});
    return reset_after_ ? row : ops.concat({row, ops.constant(Tensor::full({1, 3 * common().units}, 0.0F))}, 1);
  }

  Value input_bias(Ops& ops, Value bias) const override {
    return reset_after_ ? ops.gather(bias, ops.constant(Tensor::scalar(std::int64_t{0})), 0) : bias;
  }

  std::vector<Activation> operator_activations() const override { return {gate_, activation_}; }
  std::vector<Attribute> operator_attributes() const override {
    if (!reset_after_) return {};
    return {{"linear_before_reset", std::int64_t{1}, {}}};
  }

  std::vector<Value> step(const Steps& steps, Value x, const std::vector<Value>& state) const override {
    Ops& ops = steps.ops;
    const Value h = state[0];
    const std::vector<Value> gates = steps.split(x);
    std::vector<Value> of_state = reset_after_ ? steps.gates_of(h) : std::vector{steps.gate_of(h, 0), steps.gate_of(h, 1), Value()};
    if (reset_after_ && steps.bias) {
      const std::vector<Value> bias = steps.split(ops.gather(steps.bias, ops.constant(Tensor::scalar(std::int64_t{1})), 0));
      for (std::size_t i = 0; i < 3; ++i) of_state[i] = plus(ops, of_state[i], bias[i]);
    }
    const Value z = activate(ops, plus(ops, gates[0], of_state[0]), gate_);
    const Value r = activate(ops, plus(ops, gates[1], of_state[1]), gate_);
    Value n;
    if (!reset_after_) n = h ? steps.gate_of(ops.mul(r, h), 2) : Value();
    else if (of_state[2]) n = ops.mul(r, of_state[2]);
    const Value fresh = ops.mul(ops.sub(1.0F, z), activate(ops, plus(ops, gates[2], n), activation_));
    return {plus(ops, h ? ops.mul(z, h) : Value(), fresh)};
  }

 private:
  bool reset_after_;
  Activation gate_;
  Activation activation_;
};

std::optional<Recognised> read_gru(const Node& node, const RecurrentDirection& direction) {
  if (direction.activations != std::vector<std::string>{"Sigmoid", "Tanh"}) return std::nullopt;
  static const std::vector<std::size_t> kKerasGates = {0, 1, 2};
  const bool reset_after = node.get<std::int64_t>("linear_before_reset", 0) != 0;
  Recognised made;
  if (!reset_after) made.settings["reset_after"] = false;
  made.weights = {{"kernel", keras_matrix(direction.w, kKerasGates)}, {"recurrent_kernel", keras_matrix(direction.r, kKerasGates)}};
  if (!direction.b) return made;
  if (reset_after) made.weights.emplace_back("bias", direction.b->reshaped({2, direction.b->size() / 2}));
  else made.weights.emplace_back("bias", keras_bias_sum(*direction.b, kKerasGates));
  return made;
}

}  // namespace

const RecurrentOperator& gru_operator() {
  static const RecurrentOperator about{
      .kind = "gru", .op = "GRU", .gates = 3, .states = 1, .activations = {"Sigmoid", "Tanh"}, .read = read_gru};
  return about;
}

void add_gru(LayerCatalog& catalog) {
  LayerEntry made =
      entry<Gru>("GRU", [](const GraphView& graph, std::size_t node) { return recognise_recurrent(graph, node, gru_operator()); });
  made.rest_argument = "initial_state";
  catalog.add(std::move(made));
}

}  // namespace layers
}  // namespace upkeep
