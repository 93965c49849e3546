// Its inputs one behind the other, along one axis.

#include <algorithm>

#include "base/format.hpp"
#include "layers/layer.hpp"
#include "layers/shared/merging.hpp"
#include "layers/view/graph_view.hpp"
#include "layers/view/layout.hpp"

namespace upkeep {
namespace layers {

struct ConcatenateOptions {
  std::int64_t axis = -1;
};

}  // namespace layers

template <>
const Settings settings<layers::ConcatenateOptions> =
    describe<layers::ConcatenateOptions>("concatenate", "its inputs one behind the other",
                                         field("axis", &layers::ConcatenateOptions::axis, "along which axis, the batch being 0"));

namespace layers {
namespace {

class Concatenate : public Layer {
 public:
  using Options = ConcatenateOptions;
  explicit Concatenate(const Options& options) : axis_(options.axis) {}

  InputCount input_count() const override { return kAnyInputs; }

  Value build(const BuildContext& context) const override {
    Ops& ops = context.ops;
    const std::vector<Value> inputs = in_one_type(ops, context.inputs);
    const std::int64_t axis = place(inputs);
    if (inputs.size() == 1) return inputs[0];
    if (!any_channels_first(ops, inputs)) return ops.concat(inputs, axis);
    return channels_last(ops, ops.concat(all_channels_first(ops, inputs), channels_first_axis(axis, inputs[0].rank())));
  }

  // Where no input has a mask, there is none; an input without one counts everywhere. Along the steps, the masks follow one another;
  // along another axis, a step counts where it does in one of the inputs (Keras 3), or in all of them (Keras 2).
  Value mask(const BuildContext& context) const override {
    Ops& ops = context.ops;
    std::vector<Value> masks;
    for (std::size_t i = 0; i < context.inputs.size(); ++i) masks.push_back(context.mask(i));
    if (std::ranges::none_of(masks, [](const Value& mask) { return static_cast<bool>(mask); })) return {};
    for (std::size_t i = 0; i < masks.size(); ++i)
      if (!masks[i]) masks[i] = everything(ops, context.inputs[i]);
    if (place(context.inputs) == 1) return ops.concat(masks, 1);
    const char* both = context.mask_rules == MaskRules::kKeras2 ? "And" : "Or";
    Value joined = masks[0];
    for (std::size_t i = 1; i < masks.size(); ++i) joined = ops.node(both, {joined, masks[i]});
    return joined;
  }

 private:
  // True for each step: all axes but the last.
  static Value everything(Ops& ops, const Value& x) {
    const Value sizes = ops.node("Slice", {ops.shape(x), ops.ints({0}), ops.ints({-1})});
    return ops.expand(ops.constant(Tensor(Shape{}, std::vector<bool>{true})), sizes);
  }

  // The axis, counted from the front. Throws where the inputs do not fit.
  std::int64_t place(const std::vector<Value>& inputs) const {
    const Dims& first = inputs[0].dims();
    const auto rank = static_cast<std::int64_t>(first.size());
    if (axis_ < -rank || axis_ >= rank || axis_ == 0 || axis_ == -rank)
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("it cannot join {} along axis {}", to_string(first), axis_),
                  upkeep::format("an axis from 1 to {}, or counted from the end", rank - 1));
    const std::int64_t axis = axis_ < 0 ? axis_ + rank : axis_;
    for (const Value& x : inputs) {
      bool fits = x.rank() == first.size();
      for (std::size_t i = 1; fits && i < first.size(); ++i)
        fits = static_cast<std::int64_t>(i) == axis || !first[i].known() || !x.dims()[i].known() || first[i] == x.dims()[i];
      if (!fits)
        throw Error(ErrorCode::kInvalidArgument,
                    upkeep::format("{} and {} differ in more than axis {}", to_string(first), to_string(x.dims()), axis));
    }
    return axis;
  }

  std::int64_t axis_;
};

std::optional<Recognised> recognise_concatenate(const GraphView& graph, std::size_t index) {
  const Node& node = graph.nodes[index];
  if (!is_op(node, "Concat") || node.inputs.empty()) return std::nullopt;
  const Dims* first = dims(graph, node.inputs[0]);
  const bool constants = std::ranges::any_of(node.inputs, [&](const std::string& input) { return constant(graph, input).has_value(); });
  if (!first || constants) return std::nullopt;
  std::int64_t axis = node.get<std::int64_t>("axis", 0);
  const auto rank = static_cast<std::int64_t>(first->size());
  if (axis == rank - 1) axis = -1;
  if (axis == 0 || axis == -rank) return std::nullopt;
  return Recognised{.settings = {{"axis", axis}}, .nodes = {index}, .inputs = node.inputs, .output = node.outputs[0]};
}

}  // namespace

void add_concatenate(LayerCatalog& catalog) {
  LayerEntry made = entry<Concatenate>("Concatenate", recognise_concatenate);
  made.reads_list = true;
  made.for_each_step = [](Json settings) {
    if (const std::int64_t axis = settings.value("axis", std::int64_t{-1}); axis > 0) settings["axis"] = axis + 1;
    return settings;
  };
  made.channels_last = with_axis_moved;
  catalog.add(std::move(made));
}

}  // namespace layers
}  // namespace upkeep
