// The same layer for each step of a sequence, or of several: [batch, time, ...] is read as [batch * time, ...].
//
// While training, a layer that looks at the whole batch or draws random numbers does so for each step by itself, as in Keras: then the
// steps are built one after the other, each with the moving statistics that the one before has left.
//
// Masks: the layer inside is given the mask of its step. Keras 3 hands the input's mask on as it is; Keras 2 hands on what the layer inside
// makes of it, and where that is none, which steps count at all. Between the layers of a model inside, masks go as they go in the model.

#include <algorithm>
#include <map>
#include <numeric>
#include <ranges>

#include "base/format.hpp"
#include "layers/layer.hpp"
#include "layers/shared/recurrent.hpp"
#include "layers/view/nested.hpp"

namespace upkeep {
namespace layers {

struct TimeDistributedOptions {
  Json layer = nullptr;
  bool in_model = false;
  bool trainable = true;
};

}  // namespace layers

template <>
const Settings settings<layers::TimeDistributedOptions> = describe<layers::TimeDistributedOptions>(
    "time_distributed", "the same layer for each step of a sequence",
    field("layer", &layers::TimeDistributedOptions::layer, "the layer: {dense: {units: 8}}; must be given"),
    field("in_model", &layers::TimeDistributedOptions::in_model,
          "whether it is a part of a model that is applied to each step, whose parts hand their masks on to one another"),
    field("trainable", &layers::TimeDistributedOptions::trainable, "whether training changes its weights"));

namespace layers {
namespace {

class TimeDistributed : public Layer {
 public:
  using Options = TimeDistributedOptions;

  explicit TimeDistributed(const Options& options) : in_model_(options.in_model) {
    if (options.layer.is_null())
      throw Error(ErrorCode::kInvalidArgument, "time_distributed needs a layer", "such as layer: {dense: {units: 8}}");
    in_context("time_distributed.layer", [&] {
      LayerSpec spec = read_nested(options.layer);
      if (!options.trainable && has_setting(spec, "trainable")) spec.settings["trainable"] = false;
      layer_ = make_nested(spec);
    });
  }

  InputCount input_count() const override { return layer_->input_count(); }

  std::vector<WeightSpec> weights(const std::vector<Dims>& inputs) const override {
    return in_part(layer_->weights(of_steps(inputs)), "layer");
  }

  Value build(const BuildContext& context) const override {
    if (layer_->takes_mask() && context.inputs[0].rank() > 3)
      if (const Value mask = context.mask(0); mask && mask.rank() < 3)
        throw Error(ErrorCode::kUnsupported, "a mask of the outer steps says nothing of the sequences inside", "mask the inner sequences");
    if (context.training && depends_on_batch(context)) return step_by_step(context);
    return all_steps(context);
  }

  bool takes_mask() const override { return true; }

  Value mask(const BuildContext& context) const override {
    const Value given = context.mask(0);
    if (context.mask_rules == MaskRules::kKeras3 && !in_model_) return given;
    BuildContext steps = of_all_steps(context);
    const Value first = given ? steps.mask(0) : Value();
    steps.mask = [&, others = steps.mask](std::size_t input) { return input == 0 ? first : others(input); };
    const Value inner = layer_->mask(steps);
    if (inner && first && inner.name() == first.name()) return given;
    if (inner) return by_step(context, inner);
    return given && !in_model_ ? any_inside(context.ops, given) : Value();
  }

 private:
  static Dims of_step(const Dims& input) {
    if (input.size() < 3)
      throw Error(ErrorCode::kInvalidArgument, "it expects [batch, time, ...] with three axes or more, got " + to_string(input));
    Dims step = input;
    step.erase(step.begin() + 1);
    return step;
  }

  static std::vector<Dims> of_steps(const std::vector<Dims>& inputs) {
    std::vector<Dims> steps;
    for (const Dims& input : inputs) steps.push_back(of_step(input));
    return steps;
  }

  static std::vector<Dims> dims_of(const BuildContext& context) {
    std::vector<Dims> dims;
    for (const Value& input : context.inputs) dims.push_back(input.dims());
    return dims;
  }

  // [-1, sizes behind], by numbers where they are known.
  static Value steps_shape(Ops& ops, Value like, std::size_t from, std::vector<Value> first) {
    const Dims& dims = like.dims();
    for (std::size_t i = from; i < dims.size(); ++i)
      first.push_back(dims[i].known() ? ops.ints({dims[i].value})
                                      : ops.gather(ops.shape(like), ops.ints({static_cast<std::int64_t>(i)}), 0));
    return ops.concat(std::move(first), 0);
  }

  // [batch, time, ...] as [batch * time, ...]. Where x was made from such a value, by the layer above, that value itself.
  static Value rows_of(Ops& ops, const Value& x) {
    const Node* node = ops.model().graph.producer(x.name());
    if (node && node->op == "Reshape") {
      const Value source = ops.existing(node->inputs[0]);
      const bool known = source.rank_known() && source.rank() + 1 == x.rank();
      const auto same = [](const Dim& a, const Dim& b) { return a.known() && a == b; };
      if (known && std::ranges::equal(source.dims() | std::views::drop(1), x.dims() | std::views::drop(2), same)) return source;
    }
    return ops.reshape(x, steps_shape(ops, x, 2, {ops.ints({-1})}));
  }

  // The layer inside over [batch * time, ...].
  static BuildContext of_all_steps(const BuildContext& context) {
    std::vector<Value> rows;
    for (const Value& x : context.inputs) rows.push_back(rows_of(context.ops, x));
    BuildContext inner = nested_context(context, "", std::move(rows));
    inner.mask = [&context](std::size_t input) {
      const Value mask = context.mask(input);
      return mask ? rows_of(context.ops, mask) : Value();
    };
    return inner;
  }

  // [batch * time, ...] as [batch, time, ...].
  static Value by_step(const BuildContext& context, const Value& rows) {
    Ops& ops = context.ops;
    const Value x = context.inputs[0];
    const Dim& time = x.dims()[1];
    const Value steps = time.known() ? ops.ints({time.value}) : ops.gather(ops.shape(x), ops.ints({1}), 0);
    return ops.reshape(rows, steps_shape(ops, rows, 1, {ops.ints({-1}), steps}));
  }

  // Whether anything of a step counts.
  static Value any_inside(Ops& ops, const Value& mask) {
    if (mask.rank() < 3) return mask;
    std::vector<std::int64_t> axes(mask.rank() - 2);
    std::iota(axes.begin(), axes.end(), 2);
    return ops.cast(ops.reduce_max(ops.cast(mask, DType::kInt32), axes, false), DType::kBool);
  }

  Value all_steps(const BuildContext& context) const { return by_step(context, layer_->build(of_all_steps(context))); }

  // Built once beside the graph, to see whether it asks for random numbers or moves a weight.
  bool depends_on_batch(const BuildContext& context) const {
    Model scratch;
    Ops ops(scratch);
    std::map<std::string, Value> weights;
    const std::vector<Dims> inputs = of_steps(dims_of(context));
    for (const WeightSpec& weight : layer_->weights(inputs))
      weights[weight.name] = ops.input(weight.name, DType::kFloat32, Dims(weight.shape.begin(), weight.shape.end()));
    std::vector<Value> values;
    for (std::size_t i = 0; i < inputs.size(); ++i)
      values.push_back(ops.input(upkeep::format("x_{}", i), context.inputs[i].dtype(), inputs[i]));
    bool found = false;
    layer_->build({.ops = ops,
                   .name = context.name,
                   .inputs = std::move(values),
                   .training = true,
                   .weight = [&](const std::string& name) { return weights.at(name); },
                   .random =
                       [&](const std::string& name, const Dims& dims) {
                         found = true;
                         return ops.input(name, DType::kFloat32, dims);
                       },
                   .add_activity_penalty = {},
                   .update = [&](const std::string&, Value) { found = true; },
                   .mask = [](std::size_t) { return Value(); }});
    return found;
  }

  Value step_by_step(const BuildContext& context) const {
    Ops& ops = context.ops;
    const Dim& time = context.inputs[0].dims()[1];
    if (!time.known() || time.value == 0)
      throw Error(ErrorCode::kUnsupported, "to train, the layer inside needs a known number of steps", "give the input layer its shape");
    const auto count = static_cast<std::size_t>(time.value);
    std::vector<std::vector<Value>> steps(count);  // the inputs of each
    for (const Value& x : context.inputs) {
      const std::vector<Value> parts = ops.nodes("Split", {x}, count, {{"axis", std::int64_t{1}}, {"num_outputs", time.value}});
      for (std::size_t i = 0; i < count; ++i) steps[i].push_back(ops.squeeze(parts[i], {1}));
    }
    std::map<std::string, Value> moved;
    std::vector<Value> outputs;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      BuildContext inner = nested_context(context, "", steps[i]);
      inner.mask = [&, i](std::size_t input) {
        const Value mask = context.mask(input);
        return mask ? ops.gather(mask, ops.constant(Tensor::scalar(static_cast<std::int64_t>(i))), 1) : Value();
      };
      inner.weight = [&](const std::string& name) { return moved.contains(name) ? moved.at(name) : context.weight(name); };
      inner.random = [&](const std::string& name, const Dims& dims) { return context.random(upkeep::format("{}_{}", name, i), dims); };
      std::map<std::string, Value> after;
      inner.update = [&](const std::string& name, Value value) { after[name] = std::move(value); };
      outputs.push_back(ops.unsqueeze(layer_->build(inner), {1}));
      for (auto& [name, value] : after) moved[name] = std::move(value);
    }
    for (const auto& [name, value] : moved) context.update(name, value);
    return ops.concat(std::move(outputs), 1);
  }

  std::unique_ptr<Layer> layer_;
  bool in_model_;
};

}  // namespace

void add_time_distributed(LayerCatalog& catalog) { catalog.add(entry<TimeDistributed>("TimeDistributed")); }

}  // namespace layers
}  // namespace upkeep
