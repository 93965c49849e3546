#include "upkeep/model.hpp"

#include "analyze/answered_classes.hpp"
#include "analyze/learning_curves.hpp"
#include "analyze/summary.hpp"
#include "api/network.hpp"
#include "api/parts.hpp"
#include "api/settings.hpp"
#include "base/files.hpp"
#include "base/format.hpp"
#include "base/names.hpp"
#include "convert/formats/format.hpp"
#include "graph/embedding.hpp"
#include "graph/notes.hpp"
#include "graph/signature.hpp"
#include "layers/view/architecture.hpp"
#include "train/columns.hpp"
#include "train/not_finite.hpp"
#include "train/vocabularies.hpp"

namespace upkeep::api {

// --- what a model holds -----------------------------------------------------------------------------------------------

upkeep::Model Model::State::current() const {
  if (unlearned)
    throw Error(ErrorCode::kFailedPrecondition, "a vocabulary of the model is not known yet",
                "fit() learns it from the data; or give it as a setting");
  return seen();
}

upkeep::Model Model::State::seen() const {
  if (trainer) return trainer->model();
  if (model) return *model;
  throw Error(ErrorCode::kFailedPrecondition, "the model has no weights yet", "begin with an Input layer, or fit it once");
}

void Model::State::build(const Architecture& net) {
  const bool learns = needs_vocabularies(net);
  const Architecture now = learns ? with_placeholder_vocabularies(net) : net;
  model = build_model(now, initial_weights(now, seed));
  if (learns) unlearned = net;
}

const Compile& Model::State::compile() const {
  if (compiled) return *compiled;
  throw Error(ErrorCode::kFailedPrecondition, "the model is not compiled", "call compile() first");
}

void Model::State::take(upkeep::Model next) {
  model = std::move(next);
  trainer.reset();
  ModelParts::forget_sessions(*this);
}

std::shared_ptr<const Session> Model::State::session(int threads) const {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<const Session>& session = sessions_[threads];
  if (!session) session = std::make_shared<const Session>(current(), SessionOptions{.threads = threads});
  return session;
}

void ModelParts::forget_sessions(Model::State& state) {
  const std::lock_guard lock(state.mutex_);
  state.sessions_.clear();
}

// Settings to train with go along where all of them are known here.
Model ModelParts::make(upkeep::Model model) {
  auto state = std::make_unique<Model::State>();
  const std::optional<Compile> compiled = compile_of(model);
  if (compiled && compiled->foreign.empty()) state->compiled = compiled;
  state->model = std::move(model);
  return Model(std::move(state));
}

Model::Model(std::unique_ptr<State> state) : state_(std::move(state)) {}
Model::~Model() = default;
Model::Model(Model&&) noexcept = default;
Model& Model::operator=(Model&&) noexcept = default;

Model::Model(const Model& other) : state_(std::make_unique<State>()) {
  state_->pending = other.state_->pending;
  state_->compiled = other.state_->compiled;
  state_->seed = other.state_->seed;
  state_->unlearned = other.state_->unlearned;
  if (other.state_->built()) state_->model = other.state_->seen();
}

Model& Model::operator=(const Model& other) {
  if (this != &other) *this = Model(other);
  return *this;
}

Model::Model(const std::vector<Value>& inputs, const std::vector<Value>& outputs, std::uint64_t seed) : state_(std::make_unique<State>()) {
  state_->seed = seed;
  state_->build(Network::architecture(inputs, outputs));
}

Model Model::load(const std::filesystem::path& file, std::uint64_t seed) {
  auto state = std::make_unique<State>();
  state->seed = seed;
  const std::optional<Architecture> layers = load_architecture(file);
  if (layers && needs_vocabularies(*layers)) {
    in_context(file.string(), [&] { state->build(*layers); });
    return Model(std::move(state));
  }
  Model made = ModelParts::make(load_model(file, seed));
  made.state_->seed = seed;
  return made;
}

void Model::save(const std::filesystem::path& file, const Format& format) const { save_model(state_->current(), file, named(format)); }

// --- looking at it ------------------------------------------------------------------------------------------------------

Signature Model::signature() const { return signature_of(state_->seen()); }

std::vector<std::string> Model::input_names() const {
  std::vector<std::string> names;
  for (const InputSignature& input : signature().inputs) names.push_back(input.name);
  return names;
}

std::vector<std::string> Model::output_names() const {
  std::vector<std::string> names;
  for (const OutputSignature& output : signature().outputs) names.push_back(output.name);
  return names;
}

std::vector<LayerSummary> Model::layers() const {
  std::vector<LayerSummary> list;
  for (SummaryRow& row : summarise(state_->seen()).list)
    list.push_back({.name = std::move(row.name),
                    .kind = std::move(row.kind),
                    .output = std::move(row.output),
                    .inputs = std::move(row.inputs),
                    .parameters = row.parameters,
                    .trainable = row.trainable,
                    .zeros = row.zeros,
                    .weight_bytes = row.weight_bytes,
                    .flops = static_cast<double>(row.flops.total())});
  return list;
}

std::string Model::summary() const {
  std::string text = upkeep::format("{:<28} {:<28} {:<20} {:>12}\n", "layer", "kind", "output", "parameters");
  std::int64_t total = 0;
  for (const LayerSummary& one : layers()) {
    text += upkeep::format("{:<28} {:<28} {:<20} {:>12}\n", one.name, one.kind, one.output, one.parameters);
    total += one.parameters;
  }
  return text + upkeep::format("{:<28} {:<28} {:<20} {:>12}\n", "total", "", "", total);
}

static std::vector<std::pair<std::string, Tensor>> weights_in(const upkeep::Model& model) {
  return find(model.metadata, kLayersKey) ? weights_of(model) : model.graph.initializers;
}

std::vector<std::pair<std::string, Tensor>> Model::weights() const { return weights_in(state_->current()); }

void Model::set_weights(const std::vector<std::pair<std::string, Tensor>>& weights) {
  upkeep::Model next = state_->current();
  std::vector<std::string> names;
  for (const auto& [name, tensor] : weights_in(next)) names.push_back(name);
  for (const auto& [name, tensor] : weights) {
    if (!std::ranges::contains(names, name)) throw unknown_name("weight", name, names);
    Tensor& own = *next.graph.initializer(name);
    if (own.shape() != tensor.shape() || own.dtype() != tensor.dtype())
      throw Error(ErrorCode::kInvalidArgument,
                  upkeep::format("weight \"{}\" got {}{}", name, upkeep::to_string(tensor.dtype()), upkeep::to_string(tensor.shape())),
                  upkeep::format("expected {}{}", upkeep::to_string(own.dtype()), upkeep::to_string(own.shape())));
    own = tensor;
  }
  state_->take(std::move(next));
}

void Model::load_weights(const std::filesystem::path& file) { state_->take(with_weights(state_->current(), file)); }

// --- answering ------------------------------------------------------------------------------------------------------------

Tensors Model::run(const Tensors& inputs, const RunSettings& settings) const {
  if (settings.threads < 0) throw Error(ErrorCode::kInvalidArgument, upkeep::format("{} threads", settings.threads), "0 for one per core");
  return state_->session(settings.threads)->run(inputs, settings.outputs);
}

static Tensors answers_of(const upkeep::Model& model, const Data& data, const PredictSettings& settings) {
  const Dataset rows = DataParts::of(data, model, std::nullopt);
  const Tensors answers = upkeep::predict(model, rows.inputs, settings.batch_size, settings.threads);
  Tensors made = without_answers(answers, unanswered_rows(model, rows, answers));
  made.erase(kEmbeddingOutput);
  return made;
}

Tensors Model::predict(const Data& data, const PredictSettings& settings) const { return answers_of(state_->current(), data, settings); }

Tensor Model::predict(const Tensor& x, const PredictSettings& settings) const {
  const Tensors answers = predict(Data(Tensors{{"", x}}), settings);
  if (answers.size() == 1) return answers.begin()->second;
  std::vector<std::string> names;
  for (const auto& [name, values] : answers) names.push_back(name);
  throw Error(ErrorCode::kInvalidArgument, "the model has several outputs: " + join(names), "predict(Data) gives all of them by name");
}

std::vector<std::string> Model::predict_classes(const Data& data, const PredictSettings& settings) const {
  const upkeep::Model now = state_->current();
  const std::optional<AnsweredClasses> classes = answered_classes(now);
  if (!classes)
    throw Error(ErrorCode::kFailedPrecondition, "the model does not answer classes",
                "train it with a loss of classes, or sign it with their names");
  const Tensor likeliest = likeliest_classes(answers_of(now, data, settings).at(classes->output), *classes);
  if (likeliest.dtype() == DType::kString) return likeliest.strings();
  std::vector<std::string> names;
  for (const double index : likeliest.cast(DType::kFloat64).data<double>())
    names.push_back(std::isnan(index) ? "" : std::to_string(static_cast<std::int64_t>(index)));
  return names;
}

// --- data -------------------------------------------------------------------------------------------------------------------

Data Model::data(const Table& table, const Columns& columns) const {
  const upkeep::Model now = state_->seen();
  if (state_->compiled) return DataParts::make(training_data_for(now, DataParts::table(table), request_of(columns), *state_->compiled));
  const TrainingRequest request = request_of(columns);
  return DataParts::make(
      dataset_for(now, DataParts::table(table), {.targets = request.target, .features = request.features, .ignore = request.ignore}));
}

Data Model::inputs(const Table& table, const Columns& columns) const {
  const TrainingRequest request = request_of(columns);
  return DataParts::make(
      dataset_for(state_->seen(), DataParts::table(table),
                  {.targets = request.target, .features = request.features, .ignore = request.ignore, .no_targets = true}));
}

void save_learning_curves(const History& history, const std::string& title, const std::filesystem::path& file) {
  write_file(file, learning_curves_page(title, history));
}

}  // namespace upkeep::api
