#include "optimize/removal/widths.hpp"

#include "graph/notes.hpp"
#include "layers/view/architecture.hpp"
#include "optimize/removal/proof.hpp"

namespace upkeep::removal {

namespace {

// The setting of a layer that says how many channels it makes.
constexpr std::array kWidths = {"filters", "units", "output_dim"};

std::int64_t last(const Shape& shape) { return shape.empty() ? 0 : shape.back(); }

// By the weight whose last axis is the channels made here, or several times so many (the gates of an LSTM).
std::int64_t new_width(const LayerSpec& layer, std::int64_t width, const Weights& before, const Weights& after) {
  const std::string name = layer.shares.empty() ? layer.name : layer.shares;
  for (const std::string weight : {"bias", "recurrent_kernel", "kernel", "pointwise_kernel", "embeddings"}) {
    const Tensor* was = find(before, name + "/" + weight);
    const Tensor* is = find(after, name + "/" + weight);
    if (!was || !is || was->shape() == is->shape()) continue;
    const bool transposed = layer.kind.ends_with("_transpose") && weight == "kernel";  // [..., out, in]
    const std::int64_t many = transposed ? was->dim(was->rank() - 2) : last(was->shape());
    const std::int64_t left = transposed ? is->dim(is->rank() - 2) : last(is->shape());
    if (width < 1 || many % width != 0 || left % (many / width) != 0) return width;
    return left / (many / width);
  }
  return width;
}

// Heads and their sizes stand in the shapes of the kernels [inputs, heads, size] of queries, keys and values.
void take_head_counts(LayerSpec& layer, const Weights& after) {
  struct From {
    const char* setting;
    const char* kernel;
    std::size_t axis;
  };
  static constexpr std::array kOfMulti = {From{"num_heads", "/query/kernel", 1}, From{"key_dim", "/query/kernel", 2},
                                          From{"value_dim", "/value/kernel", 2}};
  static constexpr std::array kOfGrouped = {From{"num_query_heads", "/query/kernel", 1}, From{"num_key_value_heads", "/key/kernel", 1},
                                            From{"head_dim", "/query/kernel", 2}};
  if (layer.kind != "multi_head_attention" && layer.kind != "group_query_attention") return;
  const std::string name = layer.shares.empty() ? layer.name : layer.shares;
  for (const From& from : layer.kind == "multi_head_attention" ? kOfMulti : kOfGrouped)
    if (const Tensor* kernel = find(after, name + from.kernel); kernel && kernel->rank() == 3)
      layer.settings[from.setting] = kernel->dim(from.axis);
}

// A Reshape to so many channels takes as many as there are.
void open_last_axes(Architecture& architecture) {
  for (LayerSpec& layer : architecture.layers) {
    if (layer.kind != "reshape") continue;
    Json& target = layer.settings["target_shape"];
    if (target.is_array() && !target.empty() && !std::ranges::contains(target, Json(-1))) target.back() = -1;
  }
}

Model built_of(const Architecture& architecture, const Weights& now) {
  Weights weights;
  for (const NamedWeight& weight : weight_specs(architecture)) {
    const Tensor* there = find(now, weight.name);
    if (!there || there->shape() != weight.spec.shape)
      throw Error(ErrorCode::kUnsupported, "the settings of layer \"" + weight.layer + "\" cannot say what is left of it");
    weights.emplace_back(weight.name, *there);
  }
  return build_model(architecture, weights);
}

std::optional<Model> built_alike(const Architecture& architecture, const Model& after) {
  try {
    Model made = built_of(architecture, after.graph.initializers);
    return removal::difference(after, made).value_or(0) > rounding_of(after) ? std::nullopt : std::optional(std::move(made));
  } catch (const Error&) {  // heads that are gone from one side alone, a sum of unequal widths
    return std::nullopt;
  }
}

}  // namespace

bool keep_layers(const Model& before, Model& after) {
  auto [model, architecture, old] = with_layers(before);
  const Weights now = after.graph.initializers;
  for (LayerSpec& layer : architecture.layers) {
    for (const char* key : kWidths)
      if (const auto setting = layer.settings.find(key); setting != layer.settings.end() && setting->is_number_integer())
        *setting = new_width(layer, setting->get<std::int64_t>(), old, now);
    take_head_counts(layer, now);
  }
  std::optional<Model> made = built_alike(architecture, after);
  if (!made) {
    open_last_axes(architecture);
    made = built_alike(architecture, after);
  }
  if (!made) return false;
  carry_notes(before, *made, Edit::kLayersChanged);
  made->training_tensors = after.training_tensors;
  made->doc = before.doc;
  made->domain = before.domain;
  made->model_version = before.model_version;
  after = std::move(*made);
  return true;
}

}  // namespace upkeep::removal
