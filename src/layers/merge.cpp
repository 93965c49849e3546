// Add, Subtract, Multiply, Average, Maximum, Minimum: element by element, over inputs that broadcast against each other. An input with
// fewer axes gets its missing ones behind the batch.
//
// Masks (Keras 3): Multiply takes a masked step as 1, and as 0 where all inputs are masked; Maximum and Minimum leave it out; the others do
// not look at it, and in Keras 2 none does.

#include <algorithm>

#include "base/format.hpp"
#include "layers/layer.hpp"
#include "layers/shared/merging.hpp"
#include "layers/shared/promotion.hpp"
#include "layers/view/graph_view.hpp"
#include "layers/view/layout.hpp"

namespace upkeep {
namespace layers {

enum class MergeKind { kAdd, kSubtract, kMultiply, kAverage, kMaximum, kMinimum };

struct MergeAbout {
  const char* name;
  const char* keras;
  const char* op;  // ONNX's, of two values
  const char* help;
};

static constexpr MergeAbout merge_about(MergeKind kind) {
  switch (kind) {
    case MergeKind::kAdd: return {"add", "Add", "Add", "the sum of its inputs"};
    case MergeKind::kSubtract: return {"subtract", "Subtract", "Sub", "its first input less its second"};
    case MergeKind::kMultiply: return {"multiply", "Multiply", "Mul", "the product of its inputs"};
    case MergeKind::kAverage: return {"average", "Average", "Add", "the mean of its inputs"};
    case MergeKind::kMaximum: return {"maximum", "Maximum", "Max", "the largest of its inputs, element by element"};
    case MergeKind::kMinimum: return {"minimum", "Minimum", "Min", "the smallest of its inputs, element by element"};
  }
  return {};
}

template <MergeKind kind>
struct MergeOptions {};

template <MergeKind kind>
static Settings describe_merge() {
  return Settings(merge_about(kind).name, merge_about(kind).help, {});
}

}  // namespace layers

template <>
const Settings settings<layers::MergeOptions<layers::MergeKind::kAdd>> = layers::describe_merge<layers::MergeKind::kAdd>();
template <>
const Settings settings<layers::MergeOptions<layers::MergeKind::kSubtract>> = layers::describe_merge<layers::MergeKind::kSubtract>();
template <>
const Settings settings<layers::MergeOptions<layers::MergeKind::kMultiply>> = layers::describe_merge<layers::MergeKind::kMultiply>();
template <>
const Settings settings<layers::MergeOptions<layers::MergeKind::kAverage>> = layers::describe_merge<layers::MergeKind::kAverage>();
template <>
const Settings settings<layers::MergeOptions<layers::MergeKind::kMaximum>> = layers::describe_merge<layers::MergeKind::kMaximum>();
template <>
const Settings settings<layers::MergeOptions<layers::MergeKind::kMinimum>> = layers::describe_merge<layers::MergeKind::kMinimum>();

namespace layers {
namespace {

class Merge : public Layer {
 public:
  explicit Merge(MergeKind kind) : kind_(kind) {}

  InputCount input_count() const override { return kind_ == MergeKind::kSubtract ? kTwoInputs : kAnyInputs; }
  Value mask(const BuildContext& context) const override { return merged_mask(context); }

  Value build(const BuildContext& context) const override {
    Ops& ops = context.ops;
    const std::vector<Value> inputs = of_one_rank(ops, in_one_type(ops, context.inputs));
    expect_broadcast(inputs);
    if (const std::vector<Value> masks = masks_of_steps(context, inputs); !masks.empty()) return merge_masked(ops, inputs, masks);
    if (!any_channels_first(ops, inputs)) return merge(ops, inputs);
    return channels_last(ops, merge(ops, all_channels_first(ops, inputs)));
  }

 private:
  static std::vector<Value> of_one_rank(Ops& ops, std::vector<Value> inputs) {
    const std::size_t rank = std::ranges::max(inputs, {}, [](const Value& x) { return x.rank(); }).rank();
    for (Value& x : inputs) {
      std::vector<std::int64_t> missing(rank - x.rank());
      for (std::size_t i = 0; i < missing.size(); ++i) missing[i] = static_cast<std::int64_t>(i) + 1;
      if (!missing.empty()) x = ops.unsqueeze(x, std::move(missing));
    }
    return inputs;
  }

  static void expect_broadcast(const std::vector<Value>& inputs) {
    for (const Value& x : inputs)
      for (std::size_t axis = 0; axis < x.rank(); ++axis) {
        const Dim& a = inputs[0].dims()[axis];
        const Dim& b = x.dims()[axis];
        if (a.known() && b.known() && a != b && a.value != 1 && b.value != 1)
          throw Error(ErrorCode::kInvalidArgument,
                      upkeep::format("{} and {} do not go together: {} and {} elements on axis {}", to_string(inputs[0].dims()),
                                     to_string(x.dims()), a.value, b.value, axis));
      }
  }

  Value merge(Ops& ops, const std::vector<Value>& inputs) const {
    const auto both = [&](const Value& a, const Value& b) { return ops.node(merge_about(kind_).op, {a, b}); };
    Value y = inputs[0];
    for (std::size_t i = 1; i < inputs.size(); ++i) y = in_type(ops, y, inputs[i], y.dtype(), both);
    return kind_ == MergeKind::kAverage ? ops.div(ops.cast(y, DType::kFloat32), static_cast<float>(inputs.size())) : y;
  }

  // The masks as [batch, time, 1], where the kind looks at them and there is one; absent ones are absent.
  std::vector<Value> masks_of_steps(const BuildContext& context, const std::vector<Value>& inputs) const {
    const bool looks = kind_ == MergeKind::kMultiply || kind_ == MergeKind::kMaximum || kind_ == MergeKind::kMinimum;
    if (!looks || context.mask_rules == MaskRules::kKeras2) return {};
    std::vector<Value> masks;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const Value mask = context.mask(i);
      masks.push_back(mask ? context.ops.unsqueeze(mask, {-1}) : Value());
    }
    return std::ranges::any_of(masks, [](const Value& mask) { return static_cast<bool>(mask); }) ? masks : std::vector<Value>();
  }

  Value merge_masked(Ops& ops, const std::vector<Value>& inputs, const std::vector<Value>& masks) const {
    return kind_ == MergeKind::kMultiply ? multiply_masked(ops, inputs, masks) : extreme_masked(ops, inputs, masks);
  }

  Value multiply_masked(Ops& ops, std::vector<Value> inputs, const std::vector<Value>& masks) const {
    Value any;
    bool all = true;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      all = all && masks[i];
      if (!masks[i]) continue;
      any = any ? ops.node("Or", {any, masks[i]}) : masks[i];
      inputs[i] = ops.where(masks[i], inputs[i], ops.constant(1, inputs[i].dtype()));
    }
    const Value y = merge(ops, inputs);
    return all ? ops.where(any, y, ops.constant(0, y.dtype())) : y;
  }

  Value extreme_masked(Ops& ops, const std::vector<Value>& inputs, const std::vector<Value>& masks) const {
    Value y = inputs[0];
    Value mask = masks[0];
    for (std::size_t i = 1; i < inputs.size(); ++i) {
      Value x = inputs[i];
      if (masks[i]) x = ops.where(masks[i], x, y);
      if (mask) y = ops.where(mask, y, x);
      mask = mask && masks[i] ? ops.node("Or", {mask, masks[i]}) : Value();
      y = ops.node(merge_about(kind_).op, {y, x});
    }
    return y;
  }

  MergeKind kind_;
};

template <MergeKind kind>
class MergeOf : public Merge {
 public:
  using Options = MergeOptions<kind>;
  explicit MergeOf(const Options&) : Merge(kind) {}
};

// --- recognition: an operator of values that are no constants ------------------------------------------------------------

// ONNX broadcasts from the right, Keras behind the batch: the same for inputs of one rank.
bool of_one_known_rank(const GraphView& graph, const Node& node) {
  const Dims* first = dims(graph, node.inputs[0]);
  return first && !first->empty() && std::ranges::all_of(node.inputs, [&](const std::string& input) {
           const Dims* shape = dims(graph, input);
           return shape && shape->size() == first->size() && !constant(graph, input);
         });
}

std::optional<Recognised> recognise_merge(const GraphView& graph, std::size_t index, MergeKind kind) {
  const Node& node = graph.nodes[index];
  const bool mean = kind == MergeKind::kAverage;
  const bool sum = kind == MergeKind::kAdd && is_op(node, "Sum");
  if (!sum && !is_op(node, mean ? "Mean" : merge_about(kind).op)) return std::nullopt;
  if (node.inputs.empty() || !node.attributes.empty() || !of_one_known_rank(graph, node)) return std::nullopt;
  return Recognised{.nodes = {index}, .inputs = node.inputs, .output = node.outputs[0]};
}

template <MergeKind kind>
LayerEntry merge_entry() {
  LayerEntry made = entry<MergeOf<kind>>(merge_about(kind).keras,
                                         [](const GraphView& graph, std::size_t node) { return recognise_merge(graph, node, kind); });
  made.reads_list = true;
  made.for_each_step = std::identity();
  made.channels_last = in_any_order;
  return made;
}

}  // namespace

void add_merge(LayerCatalog& catalog) {
  catalog.add(merge_entry<MergeKind::kAdd>());
  catalog.add(merge_entry<MergeKind::kSubtract>());
  catalog.add(merge_entry<MergeKind::kMultiply>());
  catalog.add(merge_entry<MergeKind::kAverage>());
  catalog.add(merge_entry<MergeKind::kMaximum>());
  catalog.add(merge_entry<MergeKind::kMinimum>());
}

}  // namespace layers
}  // namespace upkeep
