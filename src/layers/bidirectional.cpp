// Reads a sequence from both ends with two layers (Schuster & Paliwal 1997) and merges what they give: concat, sum, mul or ave.
//
// The backward layer is the forward one with go_backwards turned round, unless backward_layer gives another.
// Weights: the forward layer's, then the backward layer's. Inputs: the sequence, and perhaps the states to start from, the forward layer's
// first. merge_mode null gives two values, and return_state the states behind them, the forward layer's first.

#include "base/format.hpp"
#include "layers/layer.hpp"
#include "layers/shared/recurrent.hpp"
#include "layers/shared/recurrent_view.hpp"
#include "layers/view/nested.hpp"

namespace upkeep {
namespace layers {

struct BidirectionalOptions {
  Json layer = nullptr;
  Json merge_mode = "concat";
  Json backward_layer = nullptr;
  bool trainable = true;
};

}  // namespace layers

template <>
const Settings settings<layers::BidirectionalOptions> = describe<layers::BidirectionalOptions>(
    "bidirectional", "reads a sequence from both ends",
    field("layer", &layers::BidirectionalOptions::layer, "the layer that reads: {lstm: {units: 32}}; must be given"),
    field("merge_mode", &layers::BidirectionalOptions::merge_mode,
          "how the two outputs become one: concat, sum, mul or ave; null: both are given"),
    field("backward_layer", &layers::BidirectionalOptions::backward_layer,
          "the layer that reads from the end; null for one like the other"),
    field("trainable", &layers::BidirectionalOptions::trainable, "whether training changes the weights"));

namespace layers {
namespace {

class Bidirectional : public Layer {
 public:
  using Options = BidirectionalOptions;

  explicit Bidirectional(const Options& options) {
    if (options.layer.is_null())
      throw Error(ErrorCode::kInvalidArgument, "bidirectional needs a layer", "such as layer: {lstm: {units: 32}}");
    read_merge(options.merge_mode);
    LayerSpec forward = in_context("bidirectional.layer", [&] { return read_nested(options.layer); });
    forward_ = in_context("bidirectional.layer", [&] { return make(forward, options.trainable); });
    LayerSpec backward = forward;
    if (options.backward_layer.is_null()) backward.settings["go_backwards"] = !recurrent(*forward_).common().go_backwards;
    else backward = in_context("bidirectional.backward_layer", [&] { return read_nested(options.backward_layer); });
    backward_ = in_context("bidirectional.backward_layer", [&] { return make(backward, options.trainable); });
    const RecurrentOptions& one = recurrent(*forward_).common();
    const RecurrentOptions& other = recurrent(*backward_).common();
    if (one.go_backwards == other.go_backwards || one.return_sequences != other.return_sequences || one.return_state != other.return_state)
      throw Error(ErrorCode::kInvalidArgument, "the two layers of bidirectional read from different ends and give the same kind of output",
                  "go_backwards in one of them, and the same return_sequences and return_state");
  }

  InputCount input_count() const override { return {1, 1 + 2 * recurrent(*forward_).state_count()}; }

  std::vector<WeightSpec> weights(const std::vector<Dims>& inputs) const override {
    std::vector<WeightSpec> all = in_part(prefixed(forward_->weights(inputs), "forward"), "forward_layer");
    for (WeightSpec& weight : in_part(prefixed(backward_->weights(inputs), "backward"), "backward_layer")) all.push_back(std::move(weight));
    return all;
  }

  Value build(const BuildContext& context) const override { return build_all(context)[0]; }

  std::vector<Value> build_all(const BuildContext& context) const override {
    Ops& ops = context.ops;
    const Read a = read(context, "forward", recurrent(*forward_));
    const Read b = read(context, "backward", recurrent(*backward_));
    std::vector<Value> all = merge(ops, a.output, b.output);
    const RecurrentOptions& forward = recurrent(*forward_).common();
    if (forward.go_backwards && forward.return_sequences)
      for (Value& value : all) value = reversed_time(ops, value);
    for (const Read* one : {&a, &b}) all.insert(all.end(), one->states.begin(), one->states.end());
    return all;
  }

  Value mask(const BuildContext& context) const override {
    return recurrent(*forward_).common().return_sequences ? context.mask(0) : Value();
  }
  bool masks_output(std::size_t output) const override { return output == 0 || (output == 1 && merge_mode_.empty()); }
  bool takes_mask() const override { return true; }

 private:
  static const Recurrent& recurrent(const Layer& layer) { return *as_recurrent(layer); }

  void read_merge(const Json& mode) {
    static const std::vector<std::string> kModes = {"concat", "sum", "mul", "ave"};
    if (mode.is_null()) return;
    merge_mode_ = in_context("bidirectional.merge_mode", [&] { return from_json_checked<std::string>(mode); });
    if (!std::ranges::contains(kModes, merge_mode_)) throw unknown_name("merge_mode", merge_mode_, kModes);
  }

  // Keras makes the output of a masked step zero here, so that merging leaves it alone.
  static std::unique_ptr<Layer> make(LayerSpec spec, bool trainable) {
    if (!trainable && has_setting(spec, "trainable")) spec.settings["trainable"] = false;
    std::unique_ptr<Layer> layer = make_nested(spec);
    const Recurrent* found = as_recurrent(*layer);
    if (!found)
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("{} does not read a sequence step by step", spec.kind),
                  "lstm, gru or simple_rnn");
    if (!found->common().return_sequences) return layer;
    spec.settings["zero_output_for_mask"] = true;
    return make_nested(spec);
  }

  struct Read {
    Value output;
    std::vector<Value> states;
  };

  static Read read(const BuildContext& context, const std::string& prefix, const Recurrent& layer) {
    const auto scope = context.ops.scope(context.name + "/" + prefix + "/");
    BuildContext inner = nested_context(context, prefix, {context.inputs[0]});
    const auto initial = static_cast<std::ptrdiff_t>((context.inputs.size() - 1) / 2);
    const auto first = context.inputs.begin() + 1 + (prefix == "forward" ? 0 : initial);
    inner.inputs.insert(inner.inputs.end(), first, first + initial);
    SequenceRead read = layer.read(inner);
    Value y = layer.common().return_sequences ? read.steps : read.last;
    penalise(inner, y, layer.common().activity_regularizer);
    return {std::move(y), std::move(read.states)};
  }

  std::vector<Value> merge(Ops& ops, Value a, Value b) const {
    if (merge_mode_.empty()) return {a, b};
    if (merge_mode_ == "sum") return {ops.add(a, b)};
    if (merge_mode_ == "mul") return {ops.mul(a, b)};
    if (merge_mode_ == "ave") return {ops.mul(ops.add(a, b), 0.5F)};
    return {ops.concat({a, b}, -1)};
  }

  std::string merge_mode_;  // empty: both outputs as they are
  std::unique_ptr<Layer> forward_;
  std::unique_ptr<Layer> backward_;
};

}  // namespace

void add_bidirectional(LayerCatalog& catalog) {
  LayerEntry made = entry<Bidirectional>("Bidirectional", [](const GraphView& graph, std::size_t node) {
    std::optional<Recognised> found;
    for (const RecurrentOperator* about : {&lstm_operator(), &gru_operator(), &simple_rnn_operator()})
      if (!found) found = recognise_bidirectional(graph, node, *about);
    return found;
  });
  made.rest_argument = "initial_state";
  catalog.add(std::move(made));
}

}  // namespace layers
}  // namespace upkeep
