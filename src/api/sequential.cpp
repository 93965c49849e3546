#include "upkeep/sequential.hpp"

#include <algorithm>

#include "analyze/analysis.hpp"
#include "analyze/learning_curves.hpp"
#include "base/files.hpp"
#include "base/format.hpp"
#include "base/names.hpp"
#include "convert/formats/format.hpp"
#include "layers/architecture.hpp"
#include "layers/normalization_adapt.hpp"
#include "optimize/structure/structure.hpp"
#include "train/losses/loss.hpp"
#include "train/trainer.hpp"

namespace upkeep {

// As on the command line: "dense:units=10".
static std::string text_of(const Layer& layer) { return layer.settings.empty() ? layer.kind : layer.kind + ":" + layer.settings; }

struct Sequential::State {
  std::vector<Layer> pending;  // until the shape of the input is known
  std::optional<Model> model;  // today's, when no trainer holds it
  std::optional<Compile> compiled;
  std::optional<Trainer> trainer;
  std::uint64_t seed = 0;

  // The model with its newest weights.
  Model current() const {
    if (trainer) return trainer->model();
    if (model) return *model;
    throw Error(ErrorCode::kFailedPrecondition, "the model has no weights yet", "begin with an Input layer, or fit it once");
  }

  void take(Model next) {
    model = std::move(next);
    trainer.reset();
  }

  // Builds from the pending layers; `shape` is the input's where no Input says it.
  void build(const Shape& shape) {
    if (model || trainer) return;
    std::vector<Layer> layers = pending;
    if (layers.empty()) throw Error(ErrorCode::kFailedPrecondition, "the model has no layers", "add() some");
    if (layers.front().kind != "input") layers.insert(layers.begin(), Input(shape));
    Json list = Json::array();
    for (const Layer& layer : layers) list.push_back({{layer.kind, parse_named(text_of(layer)).values}});
    const Architecture architecture = architecture_from_json({{"name", "sequential"}, {"layers", std::move(list)}});
    model = build_model(architecture, initial_weights(architecture, seed));
    pending.clear();
  }

  Trainer& training() {
    if (!compiled) throw Error(ErrorCode::kFailedPrecondition, "the model is not compiled", "call compile() first");
    if (!trainer) trainer.emplace(current(), *compiled);
    return *trainer;
  }

  Dataset dataset(const Tensor& x, const Tensor& y) const {
    const Model now = current();
    return {.inputs = {{now.graph.inputs.front().name, x}}, .targets = y, .feature_names = {}, .target_names = {}, .class_names = {}};
  }

  void edit_by(const std::string& step, const std::string& argument) { take(edit(current(), {{step, argument}}, seed).model); }
};

static Shape without_batch(const Tensor& x) {
  if (x.rank() < 1) throw Error(ErrorCode::kInvalidArgument, "the inputs are a scalar", "[N, ...] is expected");
  return {x.shape().begin() + 1, x.shape().end()};
}

Sequential::Sequential(const std::vector<Layer>& layers, std::uint64_t seed) : state_(std::make_unique<State>()) {
  state_->seed = seed;
  for (const Layer& layer : layers) add(layer);
}
Sequential::Sequential(std::unique_ptr<State> state) : state_(std::move(state)) {}
Sequential::~Sequential() = default;
Sequential::Sequential(Sequential&&) noexcept = default;
Sequential& Sequential::operator=(Sequential&&) noexcept = default;

void Sequential::add(const Layer& layer) {
  State& state = *state_;
  if (state.model || state.trainer) {
    state.edit_by("add", text_of(layer));
    return;
  }
  state.pending.push_back(layer);
  if (state.pending.front().kind == "input" && state.pending.size() > 1) state.build({});
}

void Sequential::pop() {
  State& state = *state_;
  if (!state.model && !state.trainer) {
    if (state.pending.empty()) throw Error(ErrorCode::kFailedPrecondition, "the model has no layers to remove");
    state.pending.pop_back();
    return;
  }
  state.edit_by("remove", architecture_of(state.current()).layers.back().name);
}

void Sequential::set(const std::string& layer, const std::string& settings) {
  if (!state_->model && !state_->trainer)
    throw Error(ErrorCode::kFailedPrecondition, upkeep::format("there is no layer \"{}\" yet", layer),
                "give the settings when the layer is added");
  state_->edit_by("set", layer + ":" + settings);
}

void Sequential::compile(const CompileOptions& options) {
  Compile compile{.optimizer = parse_named(options.optimizer), .loss = parse_named(options.loss), .metrics = options.metrics};
  if (state_->model || state_->trainer) {
    Model now = state_->current();
    state_->trainer.emplace(std::move(now), compile);
  }
  state_->compiled = std::move(compile);
}

History Sequential::fit(const Tensor& x, const Tensor& y, const FitSettings& options) {
  State& state = *state_;
  if (!state.compiled) throw Error(ErrorCode::kFailedPrecondition, "the model is not compiled", "call compile() first");
  state.build(without_batch(x));
  const Dataset data = state.dataset(x, y);
  if (!state.trainer) state.model = layers::adapt_normalizations(state.current(), data.inputs);
  FitOptions fit{.epochs = options.epochs,
                 .batch_size = options.batch_size,
                 .validation_split = options.validation_split,
                 .shuffle = options.shuffle,
                 .seed = options.seed,
                 .show_progress = options.verbose};
  if (!options.schedule.empty()) fit.schedule = parse_named(options.schedule);
  return state.training().fit(data, fit);
}

Figures Sequential::evaluate(const Tensor& x, const Tensor& y) {
  state_->build(without_batch(x));
  return state_->training().evaluate(state_->dataset(x, y));
}

Tensor Sequential::predict(const Tensor& x, std::int64_t batch_size) {
  state_->build(without_batch(x));
  const Model now = state_->current();
  return upkeep::predict(now, {{now.graph.inputs.front().name, x}}, batch_size).at(now.graph.outputs.front().name);
}

void Sequential::set_learning_rate(double rate) { state_->training().set_learning_rate(rate); }

double Sequential::learning_rate() const {
  if (!state_->trainer) throw Error(ErrorCode::kFailedPrecondition, "the model is not compiled, or not built yet", "call compile() first");
  return state_->trainer->learning_rate();
}

std::vector<std::pair<std::string, Tensor>> Sequential::weights() const { return weights_of(state_->current()); }

void Sequential::set_weights(const std::vector<std::pair<std::string, Tensor>>& weights) {
  Model next = state_->current();
  std::vector<std::string> names;
  for (const auto& [name, tensor] : weights_of(next)) names.push_back(name);
  for (const auto& [name, tensor] : weights) {
    if (!std::ranges::contains(names, name)) throw unknown_name("weight", name, names);
    Tensor& own = *next.graph.initializer(name);
    if (own.shape() != tensor.shape() || own.dtype() != tensor.dtype())
      throw Error(ErrorCode::kInvalidArgument,
                  upkeep::format("weight \"{}\" got {}{}", name, to_string(tensor.dtype()), to_string(tensor.shape())),
                  upkeep::format("expected {}{}", to_string(own.dtype()), to_string(own.shape())));
    own = tensor;
  }
  state_->take(std::move(next));
}

std::string Sequential::summary() const {
  const Model now = state_->current();
  const Weights weights = weights_of(now);
  std::string text = upkeep::format("{:<24} {:<16} {:>12}\n", "layer", "kind", "parameters");
  std::int64_t total = 0;
  for (const LayerSpec& layer : architecture_of(now).layers) {
    std::int64_t count = 0;
    for (const auto& [name, tensor] : weights)
      if (name.starts_with(layer.name + "/")) count += tensor.size();
    text += upkeep::format("{:<24} {:<16} {:>12}\n", layer.name, layer.kind, count);
    total += count;
  }
  return text + upkeep::format("{:<24} {:<16} {:>12}\n", "total", "", total);
}

void Sequential::save(const std::filesystem::path& file) const { save_model(state_->current(), file); }

Sequential Sequential::load(const std::filesystem::path& file) {
  auto state = std::make_unique<State>();
  Model model = with_layers(load_model(file));
  state->compiled = compile_of(model);
  const bool trains = state->compiled && state->compiled->foreign.empty();  // else it predicts, and fit() says what is not known
  if (trains) state->trainer.emplace(std::move(model), *state->compiled);
  else state->model = std::move(model);
  return Sequential(std::move(state));
}

void save_learning_curves(const History& history, const std::string& title, const std::filesystem::path& file) {
  write_file(file, learning_curves_page(title, history));
}

void save_analysis(const Sequential& model, const Tensor& x, const Tensor& y, const std::filesystem::path& file) {
  const Sequential::State& state = *model.state_;
  AnalysisOptions options;
  if (state.compiled) options.metrics = state.compiled->metrics;
  write_file(file, analysis_page("Analysis", analyze(state.current(), state.dataset(x, y), options)));
}

}  // namespace upkeep
