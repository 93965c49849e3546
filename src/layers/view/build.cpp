#include "layers/view/build.hpp"

#include <memory>
#include <set>

#include "base/format.hpp"
#include "base/python_json.hpp"
#include "graph/element_types.hpp"
#include "graph/subgraph.hpp"
#include "layers/shared/cleared_masks.hpp"
#include "layers/view/layout.hpp"

namespace upkeep {
namespace layers {
namespace {

// `layer "hidden" (dense, reads "dropout" [batch, 32])`
std::string frame(const LayerSpec& layer, const std::vector<Value>& inputs) {
  std::string text = upkeep::format("layer \"{}\" ({}", layer.name, layer.kind);
  for (std::size_t i = 0; i < inputs.size(); ++i)
    text += upkeep::format("{} \"{}\" {}", i == 0 ? ", reads" : ",", layer.inputs[i], to_string(inputs[i].dims()));
  return text + ")";
}

using Mask = std::function<Value()>;

// The mask of a layer's output, made once, when somebody asks for it. Nothing is left in a graph for a mask that nobody reads.
// Shared, not copied: it holds the masks of what the layer reads, and copies of copies double with every branch that is merged again.
struct PendingMask {
  std::shared_ptr<const Layer> layer;
  BuildContext context;
  std::optional<Value> made;

  Value make() {
    if (made) return *made;
    const auto scope = context.ops.scope(context.name + "/");
    return made.emplace(layer->mask(context));
  }
};

Mask mask_of(std::shared_ptr<const Layer> layer, const BuildContext& context) {
  const auto pending = std::make_shared<PendingMask>(
      std::move(layer),
      BuildContext{
          .ops = context.ops, .name = context.name, .inputs = context.inputs, .mask = context.mask, .mask_rules = context.mask_rules});
  return [pending] { return pending->make(); };
}

Value no_mask() { return {}; }

Error wrong_count(const InputCount& count, std::size_t given) {
  std::string wanted = upkeep::format("{} layer{}", count.least, count.least == 1 ? "" : "s");
  if (count.most == kAnyInputs.most) wanted += " or more";
  else if (count.most != count.least) wanted = upkeep::format("{} to {} layers", count.least, count.most);
  return Error(ErrorCode::kInvalidArgument, upkeep::format("it reads {}, not {}", wanted, given));
}

// Layers with their own weights, and the values that stand for these. A shared layer moves them on: what its next use reads of a moving
// mean is what the use before has left.
using LayerWeights = std::map<std::string, Value>;

class Builder {
 public:
  Builder(const Architecture& architecture, Ops& ops, const BuildHooks& hooks)
      : ops_(ops), hooks_(hooks), mask_rules_(architecture.mask_rules), cleared_(architecture) {}

  void build(const LayerSpec& spec) {
    std::vector<Value> inputs;
    for (const std::string& input : spec.inputs) inputs.push_back(value(input));
    in_context(frame(spec, inputs), [&] { build(spec, inputs); });
  }

  const Value& value(const std::string& reference) const {
    const auto found = built_.outputs.find(reference);
    if (found != built_.outputs.end()) return found->second;
    const auto has_prefix = [&](const auto& output) { return layer_of(output.first) == layer_of(reference); };
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("there is no \"{}\": layer \"{}\" gives {} values", reference,
                                                            layer_of(reference), std::ranges::count_if(built_.outputs, has_prefix)));
  }

  BuiltLayers finish() && {
    for (auto& [reference, mask] : built_.masks)
      if (cleared_.at_end(reference)) mask = no_mask;
    return std::move(built_);
  }

 private:
  // Layers of Keras read floats of any size as float32; functions read them as they are.
  std::vector<Value> as_read(const LayerSpec& spec, std::vector<Value> inputs) {
    for (Value& x : inputs)
      if (spec.kind != "operation" && is_floating(x.dtype())) x = ops_.cast(x, DType::kFloat32);
    return inputs;
  }

  void build(const LayerSpec& spec, const std::vector<Value>& inputs) {
    const LayerEntry& about = catalog().at(spec.kind);
    const std::shared_ptr<const Layer> layer = about.make(spec.settings);
    if (const InputCount count = layer->input_count(); !count.contains(inputs.size())) throw wrong_count(count, inputs.size());
    LayerWeights& weights = weights_of(spec, *layer, inputs);
    const std::string& owner = spec.shares.empty() ? spec.name : spec.shares;
    const auto scope = ops_.scope(spec.name + "/");
    std::map<std::string, Value> moved;
    BuildContext context{.ops = ops_,
                         .name = spec.name,
                         .inputs = as_read(spec, inputs),
                         .training = hooks_.training && !spec.inference,
                         .weight = [&](const std::string& name) { return weights.at(name); },
                         .random = [&](const std::string& name, const Dims& shape) { return hooks_.random(spec.name + "/" + name, shape); },
                         .add_activity_penalty = hooks_.add_activity_penalty,
                         .update = [&](const std::string& weight, Value after) { moved[weight] = std::move(after); },
                         .mask = reader(masks_when_run(spec, *layer)),
                         .mask_rules = mask_rules_};
    const auto masks = context.mask;
    if (misses_mask(spec, *layer)) context.mask = [](std::size_t) { return Value(); };
    const std::vector<Value> outputs = layer->build_all(context);
    context.mask = masks;
    for (auto& [weight, after] : moved) {
      hooks_.update(owner + "/" + weight, after);
      weights.at(weight) = std::move(after);
    }
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const std::string name = i == 0 ? spec.name : upkeep::format("{}:{}", spec.name, i);
      built_.outputs[name] = outputs[i];
    }
    keep_masks(spec, layer, context, outputs.size());
    if (layer->input_count().most == 0) built_.inputs.push_back(spec.name);
    if (spec.kind == "set_mask") given_masks_.insert(spec.name);
  }

  // Keras 3 looks up the mask of a layer's only argument: called with initial states as well, a recurrent layer reads all steps, unless the
  // call says a mask. It hands the mask on all the same.
  bool misses_mask(const LayerSpec& spec, const Layer& layer) const {
    return mask_rules_ == MaskRules::kKeras3 && layer.takes_mask() && spec.inputs.size() > 1 && !given_masks_.contains(spec.inputs[0]);
  }

  static std::function<Value(std::size_t)> reader(std::vector<Mask> masks) {
    return [masks = std::move(masks)](std::size_t input) { return masks.at(input)(); };
  }

  // Of the inputs when the model runs.
  std::vector<Mask> masks_when_run(const LayerSpec& spec, const Layer& layer) const {
    std::vector<Mask> masks;
    for (const std::string& input : spec.inputs) {
      Mask mask = cleared_.before(spec.name, input) ? Mask(no_mask) : built_.masks.at(input);
      const bool as_made = cleared_.any() && layer.takes_mask() && spec.inputs.size() == 1;
      if (as_made)
        mask = [made = masks_when_made_.at(input), run = std::move(mask)] {
          const Value given = made();
          return given ? given : run();
        };
      masks.push_back(std::move(mask));
    }
    return masks;
  }

  void keep_masks(const LayerSpec& spec, const std::shared_ptr<const Layer>& layer, const BuildContext& context, std::size_t outputs) {
    Mask when_run = mask_of(layer, context);
    Mask when_made = when_run;
    bool same = std::ranges::all_of(
        spec.inputs, [&](const std::string& input) { return !cleared_.before(spec.name, input) && masks_as_made_.contains(input); });
    if (cleared_.any() && !same) {
      std::vector<Mask> masks;
      for (const std::string& input : spec.inputs) masks.push_back(masks_when_made_.at(input));
      BuildContext made = context;
      made.mask = reader(std::move(masks));
      when_made = mask_of(layer, made);
    }
    if (restores_mask(spec)) when_run = when_made;
    if (hides_mask(spec)) when_made = no_mask;
    same = restores_mask(spec) || (same && !hides_mask(spec));
    for (std::size_t i = 0; i < outputs; ++i) {
      const std::string name = i == 0 ? spec.name : upkeep::format("{}:{}", spec.name, i);
      built_.masks[name] = layer->masks_output(i) ? when_run : no_mask;
      masks_when_made_[name] = layer->masks_output(i) ? when_made : no_mask;
      if (same) masks_as_made_.insert(name);
    }
  }

  LayerWeights& weights_of(const LayerSpec& spec, const Layer& layer, const std::vector<Value>& inputs) {
    std::vector<Dims> dims;
    for (const Value& input : inputs) dims.push_back(input.dims());
    std::vector<WeightSpec> wanted = layer.weights(dims);
    if (!spec.shares.empty()) {
      check_shared(spec, wanted);
      return weights_[spec.shares];
    }
    LayerWeights& made = weights_[spec.name];
    for (WeightSpec& weight : wanted) {
      const std::string name = weight.name;
      if (weight.unread) {
        built_.unread.push_back({spec.name + "/" + name, spec.name, std::move(weight)});
        continue;
      }
      built_.weights.push_back({spec.name + "/" + name, spec.name, std::move(weight)});
      made[name] = hooks_.weight(built_.weights.back());
    }
    return made;
  }

  void check_shared(const LayerSpec& spec, const std::vector<WeightSpec>& wanted) const {
    for (const WeightSpec& weight : wanted) {
      if (weight.unread) continue;
      const auto found = std::ranges::find(built_.weights, spec.shares + "/" + weight.name, &NamedWeight::name);
      if (found == built_.weights.end() || found->spec.shape != weight.shape)
        throw Error(
            ErrorCode::kInvalidArgument,
            upkeep::format("it needs a {} of shape {}, and shares that of \"{}\", {}", weight.name, to_string(weight.shape), spec.shares,
                           found == built_.weights.end() ? "which has none" : "of shape " + to_string(found->spec.shape)));
    }
  }

  Ops& ops_;
  const BuildHooks& hooks_;
  MaskRules mask_rules_;
  ClearedMasks cleared_;
  BuiltLayers built_;
  std::map<std::string, Mask> masks_when_made_;  // in Keras 3, where nothing has run yet
  std::set<std::string> masks_as_made_;          // values whose masks when run are those when made
  std::set<std::string> given_masks_;            // values whose masks a call says
  std::map<std::string, LayerWeights> weights_;  // by the layer that owns them
};

}  // namespace

BuiltLayers build_layers(const Architecture& architecture, Ops& ops, const BuildHooks& hooks) {
  check(architecture);
  Builder builder(architecture, ops, hooks);
  for (const LayerSpec& layer : architecture.layers) builder.build(layer);
  for (const std::string& output : output_layers(architecture)) builder.value(output);
  return std::move(builder).finish();
}

}  // namespace layers

namespace {

// A weight as a graph input.
layers::BuildHooks weights_as_inputs(Ops& ops) {
  return {.weight = [&ops](const NamedWeight& weight) {
    return ops.input(weight.name, DType::kFloat32, Dims(weight.spec.shape.begin(), weight.spec.shape.end()));
  }};
}

const Tensor& fitting(const Weights& weights, const NamedWeight& wanted) {
  const Tensor* found = find(weights, wanted.name);
  if (!found) throw Error(ErrorCode::kInvalidArgument, upkeep::format("there is no weight \"{}\"", wanted.name));
  if (found->shape() != wanted.spec.shape || found->dtype() != DType::kFloat32)
    throw Error(ErrorCode::kInvalidArgument,
                upkeep::format("weight \"{}\" is {}{}, the layer needs float32{}", wanted.name, to_string(found->dtype()),
                               to_string(found->shape()), to_string(wanted.spec.shape)));
  return *found;
}

void refuse_strangers(const Weights& weights, const std::vector<NamedWeight>& known) {
  for (const auto& [name, tensor] : weights)
    if (!std::ranges::contains(known, name, &NamedWeight::name))
      throw Error(ErrorCode::kInvalidArgument, "weight \"" + name + "\" belongs to no layer");
}

}  // namespace

Model build_model(const Architecture& architecture, const Weights& weights) {
  return in_context("model \"" + architecture.name + "\"", [&] {
    Model model;
    model.graph.name = architecture.name;
    model.producer_name = "upkeep";
    model.producer_version = UPKEEP_VERSION;
    Ops ops(model);
    const layers::BuiltLayers built = layers::build_layers(
        architecture, ops, {.weight = [&](const NamedWeight& weight) { return ops.initializer(weight.name, fitting(weights, weight)); }});
    refuse_strangers(weights, built.weights);
    for (const std::string& output : output_layers(architecture)) {
      if (std::ranges::contains(built.inputs, output))
        throw Error(ErrorCode::kInvalidArgument, upkeep::format("layer \"{}\" is an input and cannot be an output", output));
      ops.output(built.outputs.at(output), output);
    }
    layers::drop_unread(model.graph);
    std::vector<std::string> weight_names;
    for (const NamedWeight& weight : built.weights) weight_names.push_back(weight.name);
    drop_unread_initializers(model.graph, weight_names);
    set(model.metadata, kLayersKey, dump_python_json(to_json(architecture)));
    return model;
  });
}

std::optional<Model> build_mask_model(const Architecture& architecture, const Weights& weights) {
  return in_context("model \"" + architecture.name + "\"", [&]() -> std::optional<Model> {
    Model model;
    Ops ops(model);
    const layers::BuiltLayers built = layers::build_layers(
        architecture, ops, {.weight = [&](const NamedWeight& weight) { return ops.initializer(weight.name, fitting(weights, weight)); }});
    for (const std::string& output : output_layers(architecture))
      if (const Value mask = built.masks.at(output)()) ops.output(ops.cast(mask, DType::kFloat32), output);
    if (model.graph.outputs.empty()) return std::nullopt;
    layers::drop_unread(model.graph);
    drop_unread_initializers(model.graph);
    return model;
  });
}

std::vector<NamedWeight> weight_specs(const Architecture& architecture) {
  return in_context("model \"" + architecture.name + "\"", [&] {
    Model scratch;
    Ops ops(scratch);
    return layers::build_layers(architecture, ops, weights_as_inputs(ops)).weights;
  });
}

std::vector<NamedWeight> unread_variables(const Architecture& architecture) {
  Model scratch;
  Ops ops(scratch);
  return layers::build_layers(architecture, ops, weights_as_inputs(ops)).unread;
}

std::map<std::string, Dims> output_shapes(const Architecture& architecture) {
  return in_context("model \"" + architecture.name + "\"", [&] {
    Model scratch;
    Ops ops(scratch);
    std::map<std::string, Dims> shapes;
    for (const auto& [layer, value] : layers::build_layers(architecture, ops, weights_as_inputs(ops)).outputs) shapes[layer] = value.dims();
    return shapes;
  });
}

static ForwardGraph build_forward(const Architecture& architecture, Ops& ops, bool training) {
  return in_context("model \"" + architecture.name + "\"", [&] {
    ForwardGraph forward;
    layers::BuildHooks hooks = weights_as_inputs(ops);
    hooks.training = training;
    hooks.random = [&](const std::string& name, const Dims& dims) {
      forward.random_inputs.emplace_back(name, dims);
      return ops.input(name, DType::kFloat32, dims);
    };
    hooks.add_activity_penalty = [&](Value activity, const Json& regularizer) {
      forward.activity_penalties.emplace_back(activity, regularizer);
    };
    hooks.update = [&](const std::string& weight, Value after) {  // of a shared layer, the last one counts
      std::erase_if(forward.updates, [&](const auto& update) { return update.first == weight; });
      forward.updates.emplace_back(weight, std::move(after));
    };
    layers::BuiltLayers built = layers::build_layers(architecture, ops, hooks);
    for (const std::string& output : output_layers(architecture)) {
      forward.outputs.push_back(built.outputs.at(output));
      forward.masks.push_back(built.masks.at(output)());
    }
    forward.inputs = std::move(built.inputs);
    forward.weights = std::move(built.weights);
    return forward;
  });
}

ForwardGraph build_training_forward(const Architecture& architecture, Ops& ops) { return build_forward(architecture, ops, true); }
ForwardGraph build_evaluation_forward(const Architecture& architecture, Ops& ops) { return build_forward(architecture, ops, false); }

}  // namespace upkeep
