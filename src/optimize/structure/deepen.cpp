// Puts a layer of the same kind behind a layer, which hands on what it reads (Net2DeeperNet: Chen, Goodfellow and Shlens 2015): a dense
// layer with the identity as its kernel, a convolution with it in the middle of its window.
//
//   f(x) = x for what the layer before gives:   relu of numbers that are not negative;   no activation for all others
//
// A batch normalisation and an activation that are layers of their own stay in front of it.

#include <algorithm>
#include <set>

#include "base/format.hpp"
#include "base/random.hpp"
#include "layers/shared/activations.hpp"
#include "layers/shared/window.hpp"
#include "layers/view/build.hpp"
#include "optimize/structure/structure.hpp"

namespace upkeep::structure {

namespace {

constexpr const char* kDeepenForm = "LAYER[:noise=0.01,name=NAME]";
const std::set<std::string, std::less<>> kNotNegative = {"relu",     "relu6",       "sigmoid", "hard_sigmoid",
                                                         "softplus", "exponential", "softmax", "sparsemax"};

bool is_convolution(const LayerSpec& layer) { return layer.kind == "conv1d" || layer.kind == "conv2d" || layer.kind == "conv3d"; }

layers::Activation activation_in(const LayerSpec& layer) {
  return layers::read_activation(layer.settings.value("activation", Json(nullptr)));
}

bool may_be_negative(const layers::Activation& activation) {
  return !kNotNegative.contains(activation.name) || activation.parameters.value("negative_slope", 0.0) != 0;
}

const LayerSpec* only_reader(const Architecture& net, const std::string& name) {
  const LayerSpec* found = nullptr;
  if (std::ranges::contains(output_layers(net), name)) return nullptr;
  for (const LayerSpec& layer : net.layers)
    for (const std::string& input : layer.inputs)
      if (layer_of(input) == name) {
        if (found) return nullptr;
        found = &layer;
      }
  return found;
}

// The layer that the new one reads, and whether what it gives may be negative.
struct DeeperPlace {
  std::string after;
  bool negative = true;
};

DeeperPlace deeper_place(const Architecture& net, const LayerSpec& layer) {
  if (const layers::Activation own = activation_in(layer); own.name != "linear")
    return {.after = layer.name, .negative = may_be_negative(own)};
  const LayerSpec* reader = only_reader(net, layer.name);
  if (reader && reader->kind == "batch_normalization") reader = only_reader(net, reader->name);
  if (reader && reader->kind == "relu" && reader->settings.value("negative_slope", 0.0) == 0)
    return {.after = reader->name, .negative = false};
  if (reader && reader->kind == "activation") return {.after = reader->name, .negative = may_be_negative(activation_in(*reader))};
  return {.after = layer.name};
}

struct DeepenRequest {
  std::string layer;
  std::string name;
  double noise = 0;
};

DeepenRequest read_deepen(std::string_view argument) {
  NamedSettings wanted = parse_named(argument);
  DeepenRequest request{.layer = wanted.name, .name = take_text(wanted.values, "name")};
  request.noise = take_noise(wanted.values, kDeepenForm);
  return request;
}

LayerSpec identity_layer(const Architecture& net, const LayerSpec& like, const DeeperPlace& place, const std::string& name) {
  LayerSpec made{.kind = like.kind, .name = name.empty() ? free_name(net, like.kind) : name};
  if (std::ranges::contains(net.layers, made.name, &LayerSpec::name))
    throw Error(ErrorCode::kAlreadyExists, upkeep::format("there is a layer \"{}\" already", made.name));
  if (is_convolution(like)) {
    made.settings = {{"filters", like.settings.at("filters")}, {"kernel_size", like.settings.at("kernel_size")}, {"padding", "same"}};
    if (like.settings.contains("data_format")) made.settings["data_format"] = like.settings["data_format"];
  } else {
    made.settings = {{"units", like.settings.at("units")}};
  }
  if (!place.negative) made.settings["activation"] = "relu";
  return made;
}

Architecture deepen(const Architecture& before, std::string_view argument) {
  const DeepenRequest request = read_deepen(argument);
  Architecture after = before;
  const LayerSpec layer = before.layers[inner_index(before, request.layer)];
  if (layer.kind != "dense" && !is_convolution(layer))
    throw Error(ErrorCode::kUnsupported, upkeep::format("layer \"{}\" is of the kind {}", layer.name, layer.kind),
                "dense and convolution layers can be deepened");
  const DeeperPlace place = deeper_place(before, layer);
  if (std::ranges::contains(output_layers(before), place.after))
    throw Error(ErrorCode::kUnsupported, upkeep::format("\"{}\" is an output of the model, and would be called otherwise", place.after),
                "deepen a layer before it");
  insert_after(after, identity_layer(before, layer, place, request.name), place.after);
  return after;
}

// [..., units, units]: zeros, and the identity where the window reads what stands at the place itself.
Tensor identity_kernel(const LayerSpec& layer) {
  Shape shape;
  std::size_t middle = 0;
  if (is_convolution(layer)) {
    const auto axes = static_cast<std::size_t>(layer.kind[4] - '0');
    for (const std::int64_t size : layers::read_sizes("kernel_size", layer.settings.at("kernel_size"), axes)) {
      shape.push_back(size);
      middle = middle * static_cast<std::size_t>(size) + static_cast<std::size_t>((size - 1) / 2);
    }
  }
  const auto units = layer.settings.at(is_convolution(layer) ? "filters" : "units").get<std::int64_t>();
  shape.insert(shape.end(), {units, units});
  std::vector<float> values(static_cast<std::size_t>(element_count(shape)), 0);
  const auto width = static_cast<std::size_t>(units);
  for (std::size_t i = 0; i < width; ++i) values[(middle * width + i) * width + i] = 1;
  return Tensor(std::move(shape), std::move(values));
}

CarriedWeights identity_weights(const LayerEdit& edit) {
  const DeepenRequest request = read_deepen(edit.argument);
  const auto made = std::ranges::find_if(
      edit.after.layers, [&](const LayerSpec& layer) { return !std::ranges::contains(edit.before.layers, layer.name, &LayerSpec::name); });
  Tensor kernel = identity_kernel(*made);
  if (request.noise > 0) {
    const Tensor* like = find(edit.weights, request.layer + "/kernel");
    Random random(edit.seed, stream_id("deepen " + request.layer));
    std::vector<float> values(kernel.floats().begin(), kernel.floats().end());
    for (float& value : values) value += static_cast<float>(request.noise * (like ? standard_deviation(*like) : 1) * random.normal());
    kernel = Tensor(kernel.shape(), std::move(values));
  }
  const auto units = kernel.shape().back();
  CarriedWeights carried;
  carried.weights = {{made->name + "/kernel", std::move(kernel)}, {made->name + "/bias", Tensor::full<float>({units}, 0)}};
  const bool linear = !made->settings.contains("activation");
  carried.notes.push_back(upkeep::format(
      "{} ({}) reads {} and {}{}", made->name, made->kind, made->inputs.front(),
      request.noise > 0 ? upkeep::format("hands it on with noise of {:g} of the deviation of {}", request.noise, request.layer + "/kernel")
                        : "hands it on; the answers stay as they were",
      linear ? "; no activation keeps negative numbers as they are, so it has none" : ""));
  return carried;
}

}  // namespace

void add_deepen(StructureCatalog& catalog) {
  catalog.add({.name = "deepen",
               .help = "put a layer of the same kind behind a dense or convolution layer, with the same answers",
               .argument = kDeepenForm,
               .apply = deepen,
               .carry = identity_weights});
}

}  // namespace upkeep::structure
