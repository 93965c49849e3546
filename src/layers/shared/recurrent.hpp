// What LSTM, GRU and SimpleRNN share: their settings, weights, dropout, masks, and the two ways in which they are built.
//
// Where ONNX's operator can say it, a layer is one node. Otherwise (an activation that the operator does not know, dropout of the state) it
// is written out step by step, which needs a known number of steps.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "layers/layer.hpp"
#include "layers/shared/activations.hpp"
#include "layers/shared/weight_settings.hpp"

namespace upkeep::layers {

struct RecurrentOptions {
  std::int64_t units = 0;
  Json activation = "tanh";
  bool use_bias = true;
  WeightSettings kernel{"glorot_uniform"};
  WeightSettings recurrent{"orthogonal"};
  WeightSettings bias{"zeros"};
  Json activity_regularizer = nullptr;
  double dropout = 0;
  double recurrent_dropout = 0;
  std::optional<std::int64_t> seed;
  bool return_sequences = false;
  bool return_state = false;
  bool go_backwards = false;
  bool stateful = false;
  bool unroll = false;
  bool zero_output_for_mask = false;
  bool trainable = true;
};

template <typename T>
std::vector<Field> recurrent_fields() {
  using B = RecurrentOptions;
  std::vector<Field> all;
  append_fields(all, inherited<T>("units", &B::units, "size of the state and the output; must be given", range(1, 1 << 24)));
  append_fields(all, inherited<T>("activation", &B::activation, "activation of the output; null for none"));
  append_fields(all, inherited<T>("use_bias", &B::use_bias, "whether to add a bias"));
  append_fields(all, weight_fields<T>("kernel", &B::kernel));
  append_fields(all, weight_fields<T>("recurrent", &B::recurrent));
  append_fields(all, weight_fields<T>("bias", &B::bias));
  append_fields(all, inherited<T>("activity_regularizer", &B::activity_regularizer, "penalty on the output"));
  append_fields(all, inherited<T>("dropout", &B::dropout, "share of the inputs to drop while training", range(0.0, 1.0)));
  append_fields(all,
                inherited<T>("recurrent_dropout", &B::recurrent_dropout, "share of the state to drop while training", range(0.0, 1.0)));
  append_fields(all, inherited<T>("seed", &B::seed, "kept for Keras; here the run's own seed decides"));
  append_fields(all,
                inherited<T>("return_sequences", &B::return_sequences, "whether to give the output of each step, not of the last only"));
  append_fields(all,
                inherited<T>("return_state", &B::return_state, "whether to give the state after the last step too, as further values"));
  append_fields(all, inherited<T>("go_backwards", &B::go_backwards, "whether to read from the end; outputs come in that order"));
  append_fields(all, inherited<T>("stateful", &B::stateful, "kept for Keras; here each call starts anew, and training refuses it"));
  append_fields(all, inherited<T>("unroll", &B::unroll, "kept for Keras; changes no numbers"));
  append_fields(
      all, inherited<T>("zero_output_for_mask", &B::zero_output_for_mask, "whether the output of a masked step is 0, not the one before"));
  append_fields(all, inherited<T>("trainable", &B::trainable, "whether training changes the weights"));
  return all;
}

// What reading a sequence gives.
struct SequenceRead {
  Value steps;                // the output of each step in the order of time, [batch, time, units]
  Value last;                 // of the step read last, [batch, units]
  std::vector<Value> states;  // what is carried on from there, the output first, [batch, units] each; empty without return_state
};

// Inputs: the sequence, and perhaps the states that it starts from.
class Recurrent : public Layer {
 public:
  InputCount input_count() const override { return {1, 1 + state_count()}; }
  std::vector<WeightSpec> weights(const std::vector<Dims>& inputs) const override;
  Value build(const BuildContext& context) const override { return build_all(context)[0]; }
  std::vector<Value> build_all(const BuildContext& context) const override;
  Value mask(const BuildContext& context) const override;
  bool takes_mask() const override { return true; }

  const RecurrentOptions& common() const { return common_; }
  virtual std::size_t state_count() const { return 1; }
  SequenceRead read(const BuildContext& context) const;

 protected:
  // `kind`: the catalog's name of the layer. Throws Error for settings that are not supported.
  Recurrent(std::string kind, RecurrentOptions common);

  // Keras's order of the gates, as places in ONNX's: gate i of the operator is gate order[i] of Keras.
  virtual std::vector<std::int64_t> gate_order() const = 0;
  virtual const char* operator_name() const = 0;
  virtual Shape bias_shape() const = 0;
  virtual Json bias_initializer() const { return common_.bias.initializer; }
  // ONNX's B, [1, 2 gates units]: biases of the input, biases of the state.
  virtual Value operator_bias(Ops& ops, Value bias) const = 0;
  // The bias that is added to kernel x, [gates units].
  virtual Value input_bias(Ops& ops, Value bias) const = 0;
  // The operator's activations, in its order, and its other attributes.
  virtual std::vector<Activation> operator_activations() const = 0;
  virtual std::vector<Attribute> operator_attributes() const { return {}; }

  // What the steps of a written-out layer share.
  struct Steps {
    Ops& ops;
    std::int64_t units;
    Value recurrent;                    // [units, gates units]
    std::vector<Value> recurrent_gate;  // [units, units] each
    Value bias;                         // absent without one
    std::vector<Value> state_factors;   // dropout of the state for each gate, [batch, units]; empty without it

    // Gate `gate` of the state: (h * factors) recurrent, absent for the absent state before the first step.
    Value gate_of(Value h, std::size_t gate) const;
    // All gates, side by side.
    std::vector<Value> gates_of(Value h) const;
    std::vector<Value> split(Value gates) const;  // along the last axis
  };
  // One step: the gates of the input, [batch, gates units], and the state (output first), which is absent before the first step.
  virtual std::vector<Value> step(const Steps& steps, Value x, const std::vector<Value>& state) const = 0;

  static Value plus(Ops& ops, Value a, Value b);  // either may be absent
  Value bias_or_none(const BuildContext& context) const;

 private:
  // States by number, the output first. Later ones are left out where nobody asked for the state.
  struct Result {
    std::vector<Value> steps;  // [batch, time, units] in the order of reading; of the operator, which keeps its cells to itself, the output
    std::vector<Value> last;   // [batch, units]
  };
  std::size_t gates() const { return gate_order().size(); }
  bool drops_inputs(const BuildContext& context) const;
  bool drops_state(const BuildContext& context) const;
  bool has_operator(const BuildContext& context) const;
  Value dropped_input(const BuildContext& context, Value x) const;
  Value projected(const BuildContext& context, Value x) const;
  Value gate_columns(Ops& ops, Value matrix, std::size_t gate) const;
  Value operator_matrix(Ops& ops, Value matrix) const;
  // The states that the inputs give to start from; absent ones are zero.
  std::vector<Value> initial_states(const BuildContext& context) const;
  std::vector<Attribute> attributes(bool backwards) const;
  // `lengths`, int32 [batch], at least 1: how many steps to read; absent for all.
  Result by_operator(const BuildContext& context, Value x, bool backwards, Value lengths = {}) const;
  Result by_steps(const BuildContext& context, Value x) const;
  Result forwards(const BuildContext& context, Value x, Value lengths = {}) const;
  Result run(const BuildContext& context) const;
  Result masked(const BuildContext& context, Value x, Value mask) const;

  std::string kind_;
  RecurrentOptions common_;
};

// Reverses axis 1.
Value reversed_time(Ops& ops, Value x);

// Where `layer` is an RNN over a sequence, as itself; else nullptr.
inline const Recurrent* as_recurrent(const Layer& layer) { return dynamic_cast<const Recurrent*>(&layer); }

}  // namespace upkeep::layers
