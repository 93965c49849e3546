// Puts one activation function in the place of another wherever it stands: ReLU6 -> ReLU quantises better, SiLU -> HardSwish and GELU ->
// ReLU run faster (Howard et al. 2019). Weights stay; where the functions differ a short training behind it gets the rest back.

#include <algorithm>
#include <cmath>

#include "base/format.hpp"
#include "base/names.hpp"
#include "base/patterns.hpp"
#include "layers/shared/activations.hpp"
#include "optimize/structure/structure.hpp"
#include "runtime/session.hpp"

namespace upkeep::structure {

namespace {

constexpr const char* kActivationForm = "FROM=TO[:layers=PATTERN]";

struct Exchange {
  layers::Activation from, to;
  std::vector<std::string> patterns;
};

Exchange read_exchange(std::string_view argument) {
  const auto [from, rest] = split_argument(argument, '=', kActivationForm);
  NamedSettings wanted = parse_named(rest);
  Exchange exchange{.from = layers::read_activation(from), .to = {}, .patterns = {}};
  if (const auto found = wanted.values.find("layers"); found != wanted.values.end()) {
    if (found->is_array()) exchange.patterns = found->get<std::vector<std::string>>();
    else exchange.patterns = {found->get<std::string>()};
    wanted.values.erase(found);
  }
  exchange.to =
      layers::read_activation(wanted.values.empty() ? Json(wanted.name) : Json{{"class_name", wanted.name}, {"config", wanted.values}});
  return exchange;
}

// The activation that a layer applies; nullopt where it has none. A ReLU layer that ends at 6 is relu6.
std::optional<layers::Activation> activation_of(const LayerSpec& layer) {
  if (layer.kind == "relu") {
    const Json most = layer.settings.value("max_value", Json(nullptr));
    const bool plain = layer.settings.value("negative_slope", 0.0) == 0 && layer.settings.value("threshold", 0.0) == 0;
    if (plain && most.is_null()) return layers::read_activation("relu");
    if (plain && most == 6.0) return layers::read_activation("relu6");
    return std::nullopt;
  }
  const auto setting = layer.settings.find("activation");
  if (setting == layer.settings.end() || setting->is_null()) return std::nullopt;
  return layers::read_activation(*setting);
}

std::vector<std::string> meant(const Architecture& net, const Exchange& exchange) {
  std::vector<std::string> names;
  for (const LayerSpec& layer : net.layers)
    if (activation_of(layer) == exchange.from && (exchange.patterns.empty() || matches_any(exchange.patterns, layer.name)))
      names.push_back(layer.name);
  return names;
}

Error nobody_has(const Architecture& net, const Exchange& exchange) {
  std::vector<std::string> there;
  for (const LayerSpec& layer : net.layers)
    if (const auto one = activation_of(layer); one && !std::ranges::contains(there, one->name)) there.push_back(one->name);
  return Error(ErrorCode::kInvalidArgument,
               upkeep::format("no layer{} has the activation {}", exchange.patterns.empty() ? "" : " of that name", exchange.from.name),
               there.empty() ? "the model has no activations" : "there are: " + join(there));
}

Architecture exchange_activations(const Architecture& before, std::string_view argument) {
  const Exchange exchange = read_exchange(argument);
  Architecture after = before;
  const std::vector<std::string> names = meant(before, exchange);
  if (names.empty()) throw nobody_has(before, exchange);
  for (const std::string& name : names) {
    LayerSpec& layer = after.layers[after.index(name)];
    if (layer.kind == "relu") {
      layer.kind = "activation";
      layer.settings = Json::object();
    }
    layer.settings["activation"] = layers::activation_setting(exchange.to);
    check_settings(layer);
  }
  return after;
}

// The largest difference of both functions on numbers from -8 to 8: beyond the ends of ReLU6.
double apart(const Exchange& exchange) {
  std::vector<float> points;
  for (int i = -800; i <= 800; ++i) points.push_back(static_cast<float>(i) / 100);
  const auto made = [&](const layers::Activation& activation) {
    Architecture net;
    net.layers = {
        {.kind = "input", .name = "x", .settings = {{"shape", {1601}}}},
        {.kind = "activation", .name = "y", .settings = {{"activation", layers::activation_setting(activation)}}, .inputs = {"x"}}};
    return Session(build_model(net, {}), {.threads = 1}).run({{"x", Tensor({1, 1601}, points)}}).begin()->second;
  };
  const Tensor from = made(exchange.from), to = made(exchange.to);
  double largest = 0;
  for (std::size_t i = 0; i < points.size(); ++i) largest = std::max(largest, std::abs(double{from.floats()[i]} - double{to.floats()[i]}));
  return largest;
}

CarriedWeights say_difference(const LayerEdit& edit) {
  const Exchange exchange = read_exchange(edit.argument);
  const std::size_t count = meant(edit.before, exchange).size();
  return {.weights = {},
          .notes = {upkeep::format("{} {} {} in place of {}; from -8 to 8 the two differ by {:.3g} at most", count,
                                   count == 1 ? "layer applies" : "layers apply", exchange.to.name, exchange.from.name, apart(exchange))}};
}

}  // namespace

void add_activation(StructureCatalog& catalog) {
  catalog.add({.name = "activation",
               .help = "put one activation function in the place of another",
               .argument = kActivationForm,
               .apply = exchange_activations,
               .carry = say_difference});
}

}  // namespace upkeep::structure
