#include "optimize/factorize/factorize.hpp"

#include <algorithm>
#include <cmath>

#include "base/format.hpp"
#include "base/names.hpp"
#include "base/patterns.hpp"
#include "layers/view/architecture.hpp"
#include "optimize/expect_floats.hpp"
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
std::string hindrance(const Architecture& net, const LayerSpec& layer, const Tensor* kernel, const Plan& plan) {
  if (!layer.shares.empty() || std::ranges::contains(net.layers, layer.name, &LayerSpec::shares)) return "shares its weights";
  if (layer.settings.value("groups", 1) != 1) return "has groups";
  if (!kernel || kernel->dtype() != DType::kFloat32) return "has no kernel of float32";
  if (std::ranges::any_of(kernel->floats(), [](float value) { return !std::isfinite(value); })) return "has a kernel that is not finite";
  const Shape window(kernel->shape().begin(), kernel->shape().end() - 2);
  if (element_count(window) < plan.least_places) return "has no window of several places, which svd takes apart";
  if (window.size() > plan.most_axes) return upkeep::format("has a window of {} axes", window.size());
  return "";
}

Kernel kernel_of(const Tensor& tensor) { return {.shape = tensor.shape(), .values = {tensor.floats().begin(), tensor.floats().end()}}; }

Tensor tensor_of(const Kernel& kernel) {
  std::vector<float> values;
  values.reserve(kernel.values.size());
  for (const double value : kernel.values) values.push_back(static_cast<float>(value));
  return Tensor(kernel.shape, std::move(values));
}

std::string free_factor_name(const Architecture& net, const std::string& layer) {
  std::string name = layer + "_factor";
  for (int i = 1; std::ranges::contains(net.layers, name, &LayerSpec::name); ++i) name = upkeep::format("{}_factor_{}", layer, i);
  return name;
}

// A layer of the chain but the last one, in front of which it goes.
LayerSpec link_layer(const LayerSpec& whole, const Link& link, std::string name) {
  LayerSpec layer{.kind = link.depthwise ? "depthwise_" + whole.kind : whole.kind, .name = std::move(name), .inputs = whole.inputs};
  const Shape& shape = link.kernel.shape;
  if (is_convolution(whole)) {
    layer.settings["kernel_size"] = Json(Shape(shape.begin(), shape.end() - 2));
    if (whole.settings.contains("data_format")) layer.settings["data_format"] = whole.settings["data_format"];
  }
  if (!link.depthwise) layer.settings[is_convolution(whole) ? "filters" : "units"] = shape.back();
  layer.settings["use_bias"] = false;
  if (whole.settings.contains("trainable")) layer.settings["trainable"] = whole.settings["trainable"];
  return layer;
}

// The layer as a chain; the last one keeps the name.
void split_layer(Architecture& net, structure::CarriedWeights& carried, const std::string& name, const Chain& chain) {
  const LayerSpec whole = net.layer(name);
  for (std::size_t i = 0; i < chain.links.size(); ++i) {
    const bool last = i + 1 == chain.links.size();
    const auto index = net.index(name);
    LayerSpec made = last ? whole : link_layer(whole, chain.links[i], free_factor_name(net, name));
    for (const char* setting : {"strides", "padding", "dilation_rate"}) {
      if (i == chain.window && whole.settings.contains(setting)) made.settings[setting] = whole.settings[setting];
      else if (i != chain.window) made.settings.erase(setting);
    }
    made.inputs = net.layers[index].inputs;
    if (last && is_convolution(whole)) {
      const Shape& shape = chain.links[i].kernel.shape;
      made.settings["kernel_size"] = Json(Shape(shape.begin(), shape.end() - 2));
    }
    carried.weights.emplace_back(made.name + "/kernel", tensor_of(chain.links[i].kernel));
    if (last) {
      net.layers[index] = std::move(made);
    } else {
      net.layers[index].inputs = {made.name};
      net.layers.insert(net.layers.begin() + static_cast<std::ptrdiff_t>(index), std::move(made));
    }
  }
}

std::string text_of(const std::vector<std::size_t>& ranks) {
  std::vector<std::string> words;
  for (const std::size_t rank : ranks) words.push_back(std::to_string(rank));
  return join(words, " x ");
}

// Takes one layer apart where that makes it smaller. What is said of it.
Json factorize_layer(Architecture& net, structure::CarriedWeights& carried, const Weights& weights, const std::string& name,
                     const Plan& plan) {
  const Tensor* kernel = find(weights, name + "/kernel");
  Json facts = {{"name", name}, {"kept", nullptr}};
  if (const std::string why = hindrance(net, net.layer(name), kernel, plan); !why.empty()) {
    facts["kept"] = "it " + why;
    return facts;
  }
  const Chain chain = plan.chain(kernel_of(*kernel));
  const auto before = static_cast<std::size_t>(kernel->size());
  std::size_t after = 0;
  for (const Link& link : chain.links) after += link.kernel.values.size();
  facts.update({{"kernel", kernel->shape()}, {"ranks", chain.ranks}, {"parameters_before", before}, {"error", chain.error}});
  facts["parameters"] = std::min(before, after);
  if (after >= before) facts["kept"] = upkeep::format("rank {} would take {} weights in place of {}", text_of(chain.ranks), after, before);
  else split_layer(net, carried, name, chain);
  return facts;
}

std::string line_of(const Json& layer) {
  if (!layer["kept"].is_null()) return upkeep::format("{} stays: {}", layer["name"].get<std::string>(), layer["kept"].get<std::string>());
  return upkeep::format("{}: rank {}, {} weights in place of {}, error {:.2g}", layer["name"].get<std::string>(),
                        text_of(layer["ranks"].get<std::vector<std::size_t>>()), layer["parameters"].dump(),
                        layer["parameters_before"].dump(), layer["error"].get<double>());
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

// Whether a candidate is slower than another beyond the noise: both were measured beside the same model, and their intervals lie apart.
static bool is_slower(const Verdict& candidate, const Verdict& other) {
  return candidate.latency && other.latency && candidate.latency->low > other.latency->high;
}

}  // namespace upkeep::factorizing

namespace upkeep {

Change factorize(Model& model, const NamedSettings& method, const std::vector<std::string>& as_they_were) {
  return run_pass("factorize " + method.name, model, [&](Model& made, Change& change) {
    const factorizing::Plan plan = factorizing::catalog().at(method.name).plan(method.values);
    expect_floats(made);
    const LayeredModel layered = with_layers(made);
    Architecture net = layered.architecture;
    structure::CarriedWeights carried;
    Json layers = Json::array();
    for (const std::string& name : factorizing::layers_meant(net, plan.layers))
      layers.push_back(std::ranges::contains(as_they_were, name) ? Json{{"name", name}, {"kept", "it is left out"}}
                                                                 : factorizing::factorize_layer(net, carried, layered.weights, name, plan));
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

Accepted factorize_by_limits(const Judge& judge, const Model& model, NamedSettings& method, const std::function<Model(const Model&)>& learn,
                             Change& change) {
  std::optional<Accepted> best;
  std::vector<std::string> attempts;
  for (const double energy : {0.99, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5}) {
    NamedSettings now = method;
    now.values["energy"] = energy;
    Model candidate = model;
    Change made;
    try {
      made = factorize(candidate, now);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kFailedPrecondition) throw;
      attempts.push_back(upkeep::format("energy {:g}: no layer gets smaller", energy));
      continue;
    }
    candidate = learn(candidate);
    Verdict verdict = judge.judge(candidate);
    attempts.push_back(upkeep::format("energy {:g}: {}", energy, to_string(verdict.judgement())));
    const bool metrics = judge.judge_metrics(candidate).accepted();
    if (!best || (verdict.accepted() && !(best->verdict.accepted() && factorizing::is_slower(verdict, best->verdict)))) {
      best = Accepted{.model = std::move(candidate), .verdict = std::move(verdict)};
      method = now;
      change = std::move(made);
    }
    if (!metrics) break;
  }
  if (!best) throw Error(ErrorCode::kFailedPrecondition, "no layer gets smaller", "its kernels have no directions to spare");
  best->verdict.attempts = std::move(attempts);
  return std::move(*best);
}

}  // namespace upkeep
