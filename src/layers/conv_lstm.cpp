// ConvLSTM1D, ConvLSTM2D, ConvLSTM3D: an LSTM whose products are convolutions (Shi et al. 2015), over [batch, time, ..., channels].
//
//   i, f, o = recurrent_activation(kernel * x + recurrent_kernel * h + bias)      c' = f c + i activation(...)      h' = o activation(c')
//
// Weights: kernel [...window, channels, 4 filters], recurrent_kernel [...window, filters, 4 filters], bias [4 filters]; gates i, f, c, o.
// The convolution of the input has the layer's strides, padding and dilation, that of the state none but "same". The steps are written out
// one by one, so their number must be known.

#include <algorithm>
#include <limits>

#include "base/format.hpp"
#include "layers/keras/form.hpp"
#include "layers/layer.hpp"
#include "layers/shared/activations.hpp"
#include "layers/shared/convolution.hpp"
#include "layers/shared/noise.hpp"
#include "layers/shared/recurrent.hpp"
#include "layers/shared/weight_settings.hpp"
#include "layers/shared/window.hpp"
#include "layers/view/layout.hpp"
#include "layers/view/nested.hpp"

namespace upkeep {
namespace layers {

struct ConvLstmFamily {
  explicit ConvLstmFamily(std::size_t axes) : strides(ones(axes)), dilation_rate(ones(axes)) {}

  std::int64_t filters = 0;
  Json kernel_size = nullptr;
  Json strides;
  std::string padding = "valid";
  std::string data_format = "channels_last";
  Json dilation_rate;
  Json activation = "tanh";
  Json recurrent_activation = "sigmoid";
  bool use_bias = true;
  WeightSettings kernel{"glorot_uniform"};
  WeightSettings recurrent{"orthogonal"};
  WeightSettings bias{"zeros"};
  bool unit_forget_bias = true;
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

template <std::size_t Axes>
struct ConvLstmOptions : ConvLstmFamily {
  ConvLstmOptions() : ConvLstmFamily(Axes) {}
};

template <std::size_t Axes>
static Settings describe_conv_lstm() {
  using T = ConvLstmOptions<Axes>;
  using B = ConvLstmFamily;
  return describe_layer(
      upkeep::format("conv_lstm{}d", Axes), "an LSTM whose products are convolutions",
      inherited<T>("filters", &B::filters, "channels of the state and the output; must be given", range(1, 1 << 24)),
      inherited<T>("kernel_size", &B::kernel_size, "size of the window: a number for all axes, or a list; must be given"),
      inherited<T>("strides", &B::strides, "steps of the window over the input"),
      inherited<T>("padding", &B::padding, "zeros around the input", one_of({"valid", "same"})),
      inherited<T>("data_format", &B::data_format, "where the channels are", one_of({"channels_last", "channels_first"})),
      inherited<T>("dilation_rate", &B::dilation_rate, "distance between the elements that the window takes of the input"),
      inherited<T>("activation", &B::activation, "activation of the output; null for none"),
      inherited<T>("recurrent_activation", &B::recurrent_activation, "activation of the gates"),
      inherited<T>("use_bias", &B::use_bias, "whether to add a bias"), weight_fields<T>("kernel", &B::kernel),
      weight_fields<T>("recurrent", &B::recurrent), weight_fields<T>("bias", &B::bias),
      inherited<T>("unit_forget_bias", &B::unit_forget_bias, "whether the bias of the forget gate starts at 1"),
      inherited<T>("activity_regularizer", &B::activity_regularizer, "penalty on the output"),
      inherited<T>("dropout", &B::dropout, "share of the inputs to drop while training", range(0.0, 1.0)),
      inherited<T>("recurrent_dropout", &B::recurrent_dropout, "share of the state to drop while training", range(0.0, 1.0)),
      inherited<T>("seed", &B::seed, "kept for Keras; here the run's own seed decides"),
      inherited<T>("return_sequences", &B::return_sequences, "whether to give the output of each step, not of the last only"),
      inherited<T>("return_state", &B::return_state, "whether to give the state after the last step too, as further values: h, c"),
      inherited<T>("go_backwards", &B::go_backwards, "whether to read from the end; outputs come in that order"),
      inherited<T>("stateful", &B::stateful, "kept for Keras; here each call starts anew, and training refuses it"),
      inherited<T>("unroll", &B::unroll, "kept for Keras; changes no numbers"),
      inherited<T>("zero_output_for_mask", &B::zero_output_for_mask, "kept for Keras; there are no masks here"),
      inherited<T>("trainable", &B::trainable, "whether training changes the weights"));
}

}  // namespace layers

template <>
const Settings settings<layers::ConvLstmOptions<1>> = layers::describe_conv_lstm<1>();
template <>
const Settings settings<layers::ConvLstmOptions<2>> = layers::describe_conv_lstm<2>();
template <>
const Settings settings<layers::ConvLstmOptions<3>> = layers::describe_conv_lstm<3>();

namespace layers {
namespace {

constexpr std::int64_t kConvLstmGates = 4;

class ConvLstm : public Layer {
 public:
  ConvLstm(const ConvLstmFamily& options, std::size_t axes) : kind_(upkeep::format("conv_lstm{}d", axes)), axes_(axes), options_(options) {
    if (options_.filters == 0)
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("{} needs a number of filters", kind_), "such as filters: 16");
    if (options_.kernel_size.is_null())
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("{} needs a kernel_size", kind_), "such as kernel_size: 3");
    read_windows();
    activation_ = read_elementwise("activation", options_.activation);
    gate_ = read_elementwise("recurrent_activation", options_.recurrent_activation);
    check(options_.kernel, kind_, "kernel");
    check(options_.recurrent, kind_, "recurrent");
    check(options_.bias, kind_, "bias");
    in_context(kind_ + ".activity_regularizer", [&] { check_regularizer(options_.activity_regularizer); });
  }

  // The sequence, and perhaps the states that it starts from.
  InputCount input_count() const override { return {1, 3}; }

  std::vector<WeightSpec> weights(const std::vector<Dims>& inputs) const override {
    expect_rank(inputs[0]);
    const Dim channels = options_.data_format == "channels_first" ? inputs[0][2] : inputs[0].back();
    if (!channels.known())
      throw Error(ErrorCode::kInvalidArgument, "it expects a known number of channels, got " + to_string(inputs[0]),
                  "give the input layer its shape");
    std::vector<WeightSpec> all = {spec("kernel", channels.value, options_.kernel),
                                   spec("recurrent_kernel", options_.filters, options_.recurrent)};
    if (options_.use_bias) {
      all.push_back(weight_spec("bias", {kConvLstmGates * options_.filters}, options_.bias, options_.trainable));
      if (options_.unit_forget_bias)
        all.back().initializer = {{"class_name", "UnitForgetBias"}, {"config", {{"others", options_.bias.initializer}}}};
    }
    return in_part(std::move(all), "cell");
  }

  Value build(const BuildContext& context) const override { return build_all(context)[0]; }

  std::vector<Value> build_all(const BuildContext& context) const override {
    check_call(context);
    Ops& ops = context.ops;
    const Run read = run(context, steps_of(ops, ops.cast(context.inputs[0], DType::kFloat32)));
    std::vector<Value> all = {in_order(ops, read.outputs)};
    penalise(context, all[0], options_.activity_regularizer);
    if (options_.return_state)
      for (const Value& state : {read.outputs.back(), read.cell}) all.push_back(as_given(ops, state));
    return all;
  }

 private:
  // What the steps share.
  struct Shared {
    Ops& ops;
    std::vector<Value> kernels;            // of the input: one, or one per gate where their inputs differ
    std::vector<Value> recurrent_kernels;  // of the state: the same
    std::vector<Value> biases;             // as kernels; absent ones where the layer has none
    std::vector<Value> input_factors;      // dropout for each gate; empty without it
    std::vector<Value> state_factors;
  };

  struct Run {
    std::vector<Value> outputs;  // [batch, channels, ...], in the order of reading
    Value cell;                  // after the last step
  };

  void check_call(const BuildContext& context) const {
    if (context.mask && context.mask(0))
      throw Error(ErrorCode::kUnsupported, upkeep::format("{}: masks are not supported", kind_), "feed whole sequences");
    if (context.training && options_.stateful)
      throw Error(ErrorCode::kUnsupported, "states that outlive a batch cannot be trained", "train whole sequences, with stateful: false");
    if (context.inputs.size() == 2)
      throw Error(ErrorCode::kInvalidArgument, "it reads a sequence and two initial states, or the sequence alone");
  }

  // A step or a state, which have their channels second, in the layer's own order.
  Value as_given(Ops& ops, const Value& x) const { return options_.data_format == "channels_first" ? x : channels_last(ops, x); }

  // The state that the sequence starts from; absent: zeros.
  Value initial_state(const BuildContext& context, std::size_t input) const {
    if (context.inputs.size() <= input) return {};
    const Value state = context.ops.cast(context.inputs[input], DType::kFloat32);
    return options_.data_format == "channels_first" ? state : channels_first(context.ops, state);
  }

  void read_windows() {
    window_.size = read_sizes(kind_ + ".kernel_size", options_.kernel_size, axes_);
    window_.strides = read_sizes(kind_ + ".strides", options_.strides, axes_);
    window_.dilation = read_sizes(kind_ + ".dilation_rate", options_.dilation_rate, axes_);
    window_.padding = options_.padding;
    if (std::ranges::max(window_.strides) > 1 && std::ranges::max(window_.dilation) > 1)
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("{}: strides and dilation_rate are both greater than 1", kind_),
                  "Keras allows one of them");
    state_window_ = {.size = window_.size, .strides = Sizes(axes_, 1), .dilation = Sizes(axes_, 1), .padding = "same"};
  }

  // The steps have their channels second, so that an activation along the last axis would mean another one.
  Activation read_elementwise(const char* setting, const Json& value) const {
    Activation read = in_context(kind_ + "." + setting, [&] { return read_activation(value); });
    if (read.parameters.contains("axis"))
      throw Error(ErrorCode::kUnsupported, upkeep::format("{}.{}: {} is not supported", kind_, setting, read.name),
                  "an activation that works element by element");
    return read;
  }

  void expect_rank(const Dims& input) const {
    if (input.size() != axes_ + 3)
      throw Error(ErrorCode::kInvalidArgument,
                  upkeep::format("it expects an input of {} axes, [batch, time, ...], {} of them spatial, got {}", axes_ + 3, axes_,
                                 to_string(input)));
    if (!input[1].known() || input[1].value == 0)
      throw Error(ErrorCode::kUnsupported, "it needs a known number of steps, got " + to_string(input), "give the input layer its shape");
  }

  WeightSpec spec(std::string name, std::int64_t channels, const WeightSettings& about) const {
    Shape shape = window_.size;
    shape.push_back(channels);
    shape.push_back(kConvLstmGates * options_.filters);
    return weight_spec(std::move(name), std::move(shape), about, options_.trainable);
  }

  // x [batch, channels, time, ...] or [batch, time, channels, ...], step by step [batch, channels, ...] in the order of reading.
  std::vector<Value> steps_of(Ops& ops, Value x) const {
    const bool first = options_.data_format == "channels_first";
    const std::int64_t axis = first ? 1 : 2;
    if (!first) x = channels_first(ops, x);
    const std::int64_t time = x.dims()[static_cast<std::size_t>(axis)].value;
    std::vector<Value> steps = {x};
    if (time > 1) steps = ops.nodes("Split", {x}, static_cast<std::size_t>(time), {{"axis", axis, {}}, {"num_outputs", time, {}}});
    for (Value& step : steps) step = ops.squeeze(step, {axis});
    if (options_.go_backwards) std::ranges::reverse(steps);
    return steps;
  }

  Value in_order(Ops& ops, std::vector<Value> outputs) const {
    const bool first = options_.data_format == "channels_first";
    if (!options_.return_sequences) return as_given(ops, outputs.back());
    const std::int64_t axis = first ? 1 : 2;
    for (Value& step : outputs) step = ops.unsqueeze(step, {axis});
    return as_given(ops, ops.concat(std::move(outputs), axis));
  }

  static bool drops(const BuildContext& context, double rate) { return context.training && rate > 0 && rate < 1; }

  // Keras draws a mask for each gate, the same in all steps.
  static std::vector<Value> factors(const BuildContext& context, const std::string& name, double rate, const Value& like) {
    if (!drops(context, rate)) return {};
    Dims noise = noise_dims(like.dims());
    noise.insert(noise.begin() + 1, kConvLstmGates);
    const Value all = drop_factors(context, rate, noise, name);
    std::vector<Value> each;
    for (std::int64_t gate = 0; gate < kConvLstmGates; ++gate)
      each.push_back(context.ops.gather(all, context.ops.constant(Tensor::scalar(gate)), 1));
    return each;
  }

  std::vector<Value> by_gate(Ops& ops, const Value& filters) const {
    return ops.nodes("Split", {filters}, kConvLstmGates, {{"axis", std::int64_t{0}, {}}, {"num_outputs", kConvLstmGates, {}}});
  }

  // The gates' convolutions of x, [batch, 4 filters, ...].
  static Value convolved(Ops& ops, const Value& x, const std::vector<Value>& kernels, const std::vector<Value>& biases,
                         const std::vector<Value>& factors, const Window& window) {
    if (factors.empty()) return convolve(ops, x, kernels[0], biases[0], window, 1);
    std::vector<Value> gates;
    for (std::size_t gate = 0; gate < kernels.size(); ++gate)
      gates.push_back(convolve(ops, ops.mul(x, factors[gate]), kernels[gate], biases[gate], window, 1));
    return ops.concat(std::move(gates), 1);
  }

  Shared shared(const BuildContext& context, const std::vector<Value>& steps) const {
    Ops& ops = context.ops;
    Shared made{.ops = ops,
                .kernels = {filters_first(ops, context.weight("kernel"))},
                .recurrent_kernels = {filters_first(ops, context.weight("recurrent_kernel"))},
                .biases = {options_.use_bias ? context.weight("bias") : Value()},
                .input_factors = factors(context, "dropout", options_.dropout, steps[0]),
                .state_factors = {}};
    if (!made.input_factors.empty()) {
      made.kernels = by_gate(ops, made.kernels[0]);
      made.biases = options_.use_bias ? by_gate(ops, made.biases[0]) : std::vector<Value>(kConvLstmGates);
    }
    return made;
  }

  Run run(const BuildContext& context, const std::vector<Value>& steps) const {
    Ops& ops = context.ops;
    Shared with = shared(context, steps);
    const std::vector<Value> no_biases(kConvLstmGates);
    Value h = initial_state(context, 1);
    Value c = initial_state(context, 2);
    if (h) drop_state(context, with, h);
    std::vector<Value> outputs;
    for (const Value& x : steps) {
      Value gates = convolved(ops, x, with.kernels, with.biases, with.input_factors, window_);
      if (h) gates = ops.add(gates, convolved(ops, h, with.recurrent_kernels, no_biases, with.state_factors, state_window_));
      const std::vector<Value> gate =
          ops.nodes("Split", {gates}, kConvLstmGates, {{"axis", std::int64_t{1}, {}}, {"num_outputs", kConvLstmGates, {}}});
      const Value added = ops.mul(activate(ops, gate[0], gate_), activate(ops, gate[2], activation_));
      c = c ? ops.add(ops.mul(activate(ops, gate[1], gate_), c), added) : added;
      h = ops.mul(activate(ops, gate[3], gate_), activate(ops, c, activation_));
      outputs.push_back(h);
      if (outputs.size() == 1 && context.inputs.size() == 1) drop_state(context, with, h);
    }
    return {std::move(outputs), c};
  }

  // The state's size is known when the first one is there.
  void drop_state(const BuildContext& context, Shared& with, const Value& h) const {
    with.state_factors = factors(context, "recurrent_dropout", options_.recurrent_dropout, h);
    if (!with.state_factors.empty()) with.recurrent_kernels = by_gate(context.ops, with.recurrent_kernels[0]);
  }

  std::string kind_;
  std::size_t axes_;
  ConvLstmFamily options_;
  Window window_;
  Window state_window_;
  Activation activation_;
  Activation gate_;
};

template <std::size_t Axes>
class ConvLstmOver : public ConvLstm {
 public:
  using Options = ConvLstmOptions<Axes>;
  explicit ConvLstmOver(const Options& options) : ConvLstm(options, Axes) {}
};

}  // namespace

void add_conv_lstm(LayerCatalog& catalog) {
  for (LayerEntry made :
       {entry<ConvLstmOver<1>>("ConvLSTM1D"), entry<ConvLstmOver<2>>("ConvLSTM2D"), entry<ConvLstmOver<3>>("ConvLSTM3D")}) {
    made.rest_argument = "initial_state";
    catalog.add(std::move(made));
  }
}

}  // namespace layers
}  // namespace upkeep
