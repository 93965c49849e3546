#include "layers/shared/normalization_adapt.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/format.hpp"
#include "layers/view/architecture.hpp"
#include "runtime/session.hpp"

namespace upkeep::layers {
namespace {

bool all_are(const Tensor* tensor, float number) {
  return tensor && std::ranges::all_of(tensor->floats(), [&](float value) { return value == number; });
}

bool was_adapted(const Graph& graph, const std::string& layer) {
  return !all_are(graph.initializer(layer + "/mean"), 0) || !all_are(graph.initializer(layer + "/variance"), 1);
}

// The layers that `name` depends on, itself first.
std::set<std::string> ancestors(const Architecture& architecture, const std::string& name) {
  std::set<std::string> all = {name};
  for (std::size_t i = architecture.index(name) + 1; i-- > 0;)
    if (all.contains(architecture.layers[i].name))
      for (const std::string& input : architecture.layers[i].inputs) all.insert(layer_of(input));
  return all;
}

bool reads_trained_weights(const Architecture& architecture, const std::string& layer, const std::vector<NamedWeight>& weights) {
  const std::set<std::string> above = ancestors(architecture, layer);
  return std::ranges::any_of(weights, [&](const NamedWeight& weight) { return weight.spec.trainable && above.contains(weight.layer); });
}

const Tensor& rows_of(const Tensors& inputs, const std::string& name) {
  const auto found = inputs.find(name);
  if (found == inputs.end()) throw Error(ErrorCode::kInvalidArgument, "there is no data for input \"" + name + "\"");
  return found->second;
}

}  // namespace

Tensor value_of(const Architecture& architecture, const Weights& weights, const std::string& name, const Tensors& inputs) {
  if (architecture.layer(layer_of(name)).inputs.empty()) return rows_of(inputs, name);
  const std::set<std::string> needed = ancestors(architecture, layer_of(name));
  Architecture part{.name = architecture.name, .layers = {}, .outputs = {name}};
  Tensors data;
  for (const LayerSpec& layer : architecture.layers) {
    if (!needed.contains(layer.name)) continue;
    if (layer.inputs.empty()) data.emplace(layer.name, rows_of(inputs, layer.name));
    part.layers.push_back(layer);
  }
  Weights own;
  for (const NamedWeight& weight : weight_specs(part)) own.emplace_back(weight.name, *find(weights, weight.name));
  const Model model = build_model(part, own);
  return Session(model).run(data).at(model.graph.outputs.front().name);
}

namespace {

struct Statistics {
  std::vector<double> mean;
  std::vector<double> variance;
};

// Two passes in double over [rows, ...]; `group` says which statistic an element belongs to.
Statistics statistics(std::span<const double> values, std::size_t groups, const std::vector<std::size_t>& group) {
  Statistics s{std::vector<double>(groups), std::vector<double>(groups)};
  const double count = static_cast<double>(values.size()) / static_cast<double>(groups);
  for (std::size_t i = 0; i < values.size(); ++i) s.mean[group[i % group.size()]] += values[i] / count;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double distance = values[i] - s.mean[group[i % group.size()]];
    s.variance[group[i % group.size()]] += distance * distance / count;
  }
  return s;
}

// For each element of one row, its place among the kept axes (row-major); axes that are not kept do not count.
std::vector<std::size_t> groups_of_row(const Shape& shape, const std::set<std::size_t>& kept) {
  std::vector<std::size_t> group = {0};
  for (std::size_t axis = 1; axis < shape.size(); ++axis) {
    const auto size = static_cast<std::size_t>(shape[axis]);
    std::vector<std::size_t> next;
    for (const std::size_t before : group)
      for (std::size_t i = 0; i < size; ++i) next.push_back(kept.contains(axis) ? before * size + i : before);
    group = std::move(next);
  }
  return group;
}

std::set<std::size_t> kept_axes(const Json& settings, std::size_t rank) {
  const Json axis = settings.value("axis", Json(-1));
  std::set<std::size_t> kept;
  if (axis.is_null()) return kept;
  for (const std::int64_t one : from_json_checked<std::vector<std::int64_t>>(axis))
    kept.insert(static_cast<std::size_t>(one < 0 ? one + static_cast<std::int64_t>(rank) : one));
  return kept;
}

std::vector<double> finite_values(const Tensor& data) {
  const Tensor numbers = data.cast(DType::kFloat64);
  const std::span<const double> values = numbers.data<double>();
  const auto bad = std::ranges::find_if(values, [](double value) { return !std::isfinite(value); });
  if (bad != values.end()) {
    const auto row = (bad - values.begin()) / (data.size() / data.dim(0));
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("row {} of the data is not finite", row),
                "remove the row or fill the value in");
  }
  return {values.begin(), values.end()};
}

Tensor floats(const Shape& shape, const std::vector<double>& values) {
  return Tensor(shape, std::vector<float>(values.begin(), values.end()));
}

void adapt(Model& model, const LayerSpec& layer, const Tensor& data) {
  if (data.size() == 0) throw Error(ErrorCode::kInvalidArgument, "there are no rows to find a mean of");
  const std::vector<std::size_t> group = groups_of_row(data.shape(), kept_axes(layer.settings, data.rank()));
  Tensor& mean = *model.graph.initializer(layer.name + "/mean");
  Tensor& variance = *model.graph.initializer(layer.name + "/variance");
  if (mean.size() != static_cast<std::int64_t>(std::ranges::max(group)) + 1)
    throw Error(ErrorCode::kInvalidArgument,
                upkeep::format("data of shape {} does not fit statistics of shape {}", to_string(data.shape()), to_string(mean.shape())));
  const Statistics found = statistics(finite_values(data), static_cast<std::size_t>(mean.size()), group);
  mean = floats(mean.shape(), found.mean);
  variance = floats(variance.shape(), found.variance);
}

}  // namespace

Model adapt_normalizations(Model model, const Tensors& inputs) {
  if (!find(model.metadata, kLayersKey)) return model;
  auto [made, architecture, values] = with_layers(model);
  const std::vector<NamedWeight> weights = weight_specs(architecture);
  for (const LayerSpec& layer : architecture.layers) {
    const bool has_statistics = std::ranges::contains(weights, layer.name + "/mean", &NamedWeight::name);
    if (layer.kind != "normalization" || !has_statistics || was_adapted(made.graph, layer.name)) continue;
    if (reads_trained_weights(architecture, layer.name, weights)) continue;
    in_context("layer \"" + layer.name + "\"", [&] {
      adapt(made, layer, value_of(architecture, values, layer.inputs.at(0), inputs));
      for (auto& [name, tensor] : values) tensor = *made.graph.initializer(name);
    });
  }
  return std::move(made);
}

}  // namespace upkeep::layers
