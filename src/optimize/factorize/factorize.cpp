#include "optimize/factorize/factorize.hpp"

#include <algorithm>
#include <cmath>

#include "base/format.hpp"
#include "base/names.hpp"
#include "base/patterns.hpp"
#include "layers/architecture.hpp"
#include "optimize/structure/structure.hpp"

namespace upkeep::factorizing {

namespace {

bool is_convolution(const LayerSpec& layer) { return layer.kind == "conv1d" || layer.kind == "conv2d" || layer.kind == "conv3d"; }

std::vector<std::string> layers_meant(const Architecture& net, const std::vector<std::string>& patterns) {
  std::vector<std::string> all, meant;
  for (const LayerSpec& layer : net.layers) {
    if (layer.kind != "dense" && !is_convolution(layer)) continue;
    all.push_back(layer.name);
    const bool wanted = patterns.empty() || matches_any(patterns, layer.name);
    if (wanted) meant.push_back(layer.name);
  }
  for (const std::string& pattern : patterns)
    if (std::ranges::none_of(all, [&](const std::string& name) { return matches_pattern(pattern, name); }))
      throw unknown_name("dense or convolution layer", pattern, all);
  if (meant.empty()) throw Error(ErrorCode::kInvalidArgument, "the model has no dense or convolution layer to factorise");
  return meant;
}

// Why a layer cannot be taken apart; empty: it can.
std::string hindrance(const Architecture& net, const LayerSpec& layer, const Tensor* kernel) {
  if (!layer.shares.empty() || std::ranges::contains(net.layers, layer.name, &LayerSpec::shares)) return "shares its weights";
  if (layer.settings.value("groups", 1) != 1) return "has groups";
  if (!kernel || kernel->dtype() != DType::kFloat32) return "has no kernel of float32";
  if (std::ranges::any_of(kernel->floats(), [](float value) { return !std::isfinite(value); })) return "has a kernel that is not finite";
  return "";
}

// The kernel as a matrix: what a unit sums, by units.
Matrix matrix_of(const Tensor& kernel) {
  const auto columns = static_cast<std::size_t>(kernel.shape().back());
  return {.rows = kernel.floats().size() / columns,
          .columns = columns,
          .values = std::vector<double>(kernel.floats().begin(), kernel.floats().end())};
}

Tensor tensor_of(const Matrix& matrix, Shape shape) {
  std::vector<float> values;
  values.reserve(matrix.values.size());
  for (const double value : matrix.values) values.push_back(static_cast<float>(value));
  return Tensor(std::move(shape), std::move(values));
}

std::string free_factor_name(const Architecture& net, const std::string& layer) {
  std::string name = layer + "_factor";
  for (int i = 1; std::ranges::contains(net.layers, name, &LayerSpec::name); ++i) name = upkeep::format("{}_factor_{}", layer, i);
  return name;
}

// The layer as two; the second keeps the name.
void split_layer(Architecture& net, structure::CarriedWeights& carried, const std::string& name, const Tensor& kernel,
                 const Factors& factors) {
  const auto index = net.index(name);
  LayerSpec& second = net.layers[index];
  const auto rank = static_cast<std::int64_t>(factors.rank());
  LayerSpec first{.kind = second.kind, .name = free_factor_name(net, name), .inputs = second.inputs};
  Shape first_shape = kernel.shape(), second_shape = {rank, kernel.shape().back()};
  first_shape.back() = rank;
  if (is_convolution(second)) {
    for (const char* setting : {"kernel_size", "strides", "padding", "dilation_rate", "data_format"})
      if (second.settings.contains(setting)) first.settings[setting] = second.settings[setting];
    for (const char* setting : {"strides", "padding", "dilation_rate"}) second.settings.erase(setting);
    second.settings["kernel_size"] = 1;
    first.settings["filters"] = rank;
    second_shape.insert(second_shape.begin(), kernel.rank() - 2, 1);
  } else {
    first.settings["units"] = rank;
  }
  first.settings["use_bias"] = false;
  if (second.settings.contains("trainable")) first.settings["trainable"] = second.settings["trainable"];
  second.inputs = {first.name};
  carried.weights.emplace_back(first.name + "/kernel", tensor_of(factors.left, std::move(first_shape)));
  carried.weights.emplace_back(name + "/kernel", tensor_of(factors.right, std::move(second_shape)));
  net.layers.insert(net.layers.begin() + static_cast<std::ptrdiff_t>(index), std::move(first));
}

// Takes one layer apart where that makes it smaller. What is said of it.
Json factorize_layer(Architecture& net, structure::CarriedWeights& carried, const Weights& weights, const std::string& name,
                     const Plan& plan) {
  const Tensor* kernel = find(weights, name + "/kernel");
  Json facts = {{"name", name}, {"kept", nullptr}};
  if (const std::string why = hindrance(net, net.layer(name), kernel); !why.empty()) {
    facts["kept"] = "it " + why;
    return facts;
  }
  const Matrix matrix = matrix_of(*kernel);
  const Factors factors = plan.factors(matrix);
  const std::size_t before = matrix.values.size(), after = factors.left.values.size() + factors.right.values.size();
  facts.update({{"kernel", kernel->shape()}, {"rank", factors.rank()}, {"parameters_before", before}, {"error", factors.error}});
  facts["parameters"] = std::min(before, after);
  if (after >= before) facts["kept"] = upkeep::format("rank {} would take {} weights in place of {}", factors.rank(), after, before);
  else split_layer(net, carried, name, *kernel, factors);
  return facts;
}

std::string line_of(const Json& layer) {
  if (!layer["kept"].is_null()) return upkeep::format("{} stays: {}", layer["name"].get<std::string>(), layer["kept"].get<std::string>());
  return upkeep::format("{}: rank {}, {} weights in place of {}, error {:.2g}", layer["name"].get<std::string>(), layer["rank"].dump(),
                        layer["parameters"].dump(), layer["parameters_before"].dump(), layer["error"].get<double>());
}

void sum_up(Change& change) {
  std::size_t before = 0, after = 0, split = 0;
  std::vector<std::string> lines;
  for (const Json& layer : change.facts["layers"]) {
    before += layer.value("parameters_before", std::size_t{0});
    after += layer.value("parameters", std::size_t{0});
    split += layer["kept"].is_null() ? 1 : 0;
    lines.push_back(line_of(layer));
  }
  if (split == 0)
    throw Error(ErrorCode::kFailedPrecondition, "no layer gets smaller: " + join(lines, "; "), "a lower energy or rank makes them smaller");
  change.facts["parameters_before"] = before;
  change.facts["parameters"] = after;
  change.notes.insert(change.notes.begin(), lines.begin(), lines.end());
}

}  // namespace

}  // namespace upkeep::factorizing

namespace upkeep {

Change factorize(Model& model, const NamedSettings& method, const std::vector<std::string>& as_they_were) {
  return run_pass("factorize " + method.name, model, [&](Model& made, Change& change) {
    const factorizing::Plan plan = factorizing::catalog().at(method.name).plan(method.values);
    const Model layered = with_layers(made);
    Architecture net = architecture_of(layered);
    const Weights weights = weights_of(layered);
    structure::CarriedWeights carried;
    Json layers = Json::array();
    for (const std::string& name : factorizing::layers_meant(net, plan.layers))
      layers.push_back(std::ranges::contains(as_they_were, name) ? Json{{"name", name}, {"kept", "it is left out"}}
                                                                 : factorizing::factorize_layer(net, carried, weights, name, plan));
    change.facts = {{"method", method.name}, {"settings", method.values}, {"layers", std::move(layers)}};
    factorizing::sum_up(change);
    made = structure::rebuilt(layered, net, carried.weights, 0).model;
  });
}

std::vector<std::string> factorized_layers(const Change& change) {
  std::vector<std::pair<double, std::string>> split;
  for (const Json& layer : change.facts["layers"])
    if (layer["kept"].is_null()) split.emplace_back(-layer["error"].get<double>(), layer["name"].get<std::string>());
  std::ranges::sort(split);
  std::vector<std::string> names;
  for (auto& [error, name] : split) names.push_back(std::move(name));
  return names;
}

}  // namespace upkeep
