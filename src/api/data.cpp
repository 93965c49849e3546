#include "upkeep/data.hpp"

#include "api/parts.hpp"
#include "api/settings.hpp"
#include "base/format.hpp"
#include "base/names.hpp"
#include "data/sources/source.hpp"
#include "train/training_data.hpp"
#include "train/validation.hpp"

namespace upkeep::api {

Table DataParts::make(upkeep::Table table) {
  Table made;
  made.state_ = std::make_shared<const Table::State>(Table::State{std::move(table)});
  return made;
}

Table::Table() : state_(std::make_shared<const State>()) {}

Table::Table(const std::vector<std::pair<std::string, Tensor>>& columns) {
  upkeep::Table table;
  for (const auto& [name, values] : columns) table.add(name, values);
  state_ = std::make_shared<const State>(State{std::move(table)});
}

std::int64_t Table::rows() const { return state_->table.rows(); }
std::vector<std::string> Table::names() const { return state_->table.names(); }
bool Table::has(const std::string& name) const { return state_->table.has(name); }
const Tensor& Table::column(const std::string& name) const { return state_->table.column(name); }
Tensor Table::texts(const std::string& name) const { return state_->table.texts(name); }
Table Table::rows(std::int64_t begin, std::int64_t end) const { return DataParts::make(state_->table.rows(begin, end)); }
void Table::save(const std::filesystem::path& file) const { save_table(state_->table, file); }

static std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::vector<std::string> sizes;
  for (const std::int64_t size : shape) sizes.push_back(std::to_string(size));
  return join(sizes, "x");
}

Table read_table(const std::filesystem::path& data, const TableSettings& settings) {
  Json values = to_json(settings.source.settings());
  const auto add = [&](const char* name, const auto& value, bool given) {
    if (given) values[name] = value;
  };
  add("image_shape", shape_text(settings.image_shape), !settings.image_shape.empty());
  add("pixels", settings.pixels, !settings.pixels.empty());
  add("window", settings.window, settings.window != 0);
  add("stride", settings.stride, settings.stride != 1);
  add("horizon", settings.horizon, settings.horizon != 1);
  add("by", settings.by, !settings.by.empty());
  return DataParts::make(upkeep::sources::load_table(data, {.source = settings.source.name(), .values = std::move(values)}));
}

// --- data -----------------------------------------------------------------------------------------------------------

static void expect_rows(std::int64_t rows, const std::string& name, const Tensor& values) {
  if (values.rank() > 0 && values.dim(0) != rows)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("{} rows of {}, and {} are expected", values.dim(0), name, rows));
}

Data::Data(Tensor x, Tensor y) : Data(Tensors{{"", std::move(x)}}, Tensors{{"", std::move(y)}}) {}

Data::Data(Tensors inputs, Tensors targets) {
  Dataset dataset;
  std::int64_t rows = -1;
  for (const auto& [name, values] : inputs)
    if (rows < 0 && values.rank() > 0) rows = values.dim(0);
  if (rows < 0) throw Error(ErrorCode::kInvalidArgument, "the inputs have no rows", "axis 0 of an input is the row: [N, ...]");
  for (const auto& [name, values] : targets) {
    if (values.rank() == 0) throw Error(ErrorCode::kInvalidArgument, "the targets are a scalar", "[N, K] is expected");
    expect_rows(rows, name.empty() ? "the target" : "target \"" + name + "\"", values);
  }
  dataset.inputs = std::move(inputs);
  dataset.targets = Tensor({rows, 0}, std::vector<float>());
  if (targets.size() == 1 && targets.begin()->first.empty()) dataset.targets = targets.begin()->second;
  else dataset.output_targets = std::move(targets);
  state_ = std::make_shared<const State>(State{std::move(dataset)});
}

std::int64_t Data::rows() const { return state_->dataset.rows(); }
const Tensors& Data::inputs() const { return state_->dataset.inputs; }
const Tensor& Data::sample_weights() const { return state_->dataset.sample_weights; }
const std::vector<std::string>& Data::class_names() const { return state_->dataset.class_names; }
const std::vector<std::string>& Data::feature_names() const { return state_->dataset.feature_names; }
const std::vector<std::string>& Data::target_names() const { return state_->dataset.target_names; }

Tensors Data::targets() const {
  const Dataset& dataset = state_->dataset;
  if (!dataset.output_targets.empty()) return dataset.output_targets;
  return dataset.targets.size() == 0 ? Tensors() : Tensors{{"", dataset.targets}};
}

Data Data::with_sample_weights(const Tensor& weights) const {
  if (weights.rank() != 1)
    throw Error(ErrorCode::kInvalidArgument, "sample weights are of shape " + upkeep::to_string(weights.shape()), "[N]");
  expect_rows(rows(), "the sample weights", weights);
  Dataset dataset = state_->dataset;
  dataset.sample_weights = weights.cast(DType::kFloat32);
  return DataParts::make(std::move(dataset));
}

Data Data::rows(std::int64_t begin, std::int64_t end) const { return DataParts::make(state_->dataset.rows(begin, end)); }

std::pair<Data, Data> Data::split(double fraction, std::uint64_t seed) const {
  HeldOut parts = hold_out(state_->dataset, fraction, seed);
  return {DataParts::make(std::move(parts.training)), DataParts::make(std::move(parts.validation))};
}

ClassWeights balanced_class_weights(const Data& data) { return upkeep::balanced_class_weights(DataParts::dataset(data).targets); }

// --- as a model reads it ----------------------------------------------------------------------------------------------

static void rename(Tensors& values, const std::string& name) {
  if (values.size() != 1 || !values.begin()->first.empty()) return;
  auto node = values.extract(values.begin());
  node.key() = name;
  values.insert(std::move(node));
}

Dataset DataParts::of(const Data& data, const upkeep::Model& model, const std::optional<Compile>& compile) {
  Dataset made = dataset(data);
  if (made.inputs.contains("")) {
    std::vector<std::string> names;
    for (const ValueInfo& input : model.graph.inputs)
      if (!model.graph.initializer(input.name)) names.push_back(input.name);
    if (names.size() != 1)
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("the model has {} inputs, and the data names none", names.size()),
                  "give Data the tensors by name: " + join(names));
    rename(made.inputs, names.front());
  }
  const bool one = compile && compile->outputs.empty();
  if (one && made.output_targets.size() == 1) {
    made.targets = made.output_targets.begin()->second;
    made.output_targets.clear();
  } else if (compile && !one && made.output_targets.empty() && compile->outputs.size() == 1) {
    made.output_targets = {{compile->outputs.begin()->first, made.targets}};
  }
  return made;
}

Dataset DataParts::with_targets(const Data& data, const upkeep::Model& model, const std::optional<Compile>& compile) {
  Dataset made = of(data, model, compile);
  if (made.output_targets.empty() && made.targets.size() == 0 && made.targets.dim(0) > 0)
    throw Error(ErrorCode::kInvalidArgument, "the data has no targets", "Data(x, y), or model.data(table, {.targets = {\"COLUMN\"}})");
  return made;
}

TrainingRequest request_of(const Columns& columns) {
  TrainingRequest request{.target = columns.targets, .features = columns.features, .ignore = columns.ignore};
  for (const auto& [input, names] : columns.features_of)
    for (const std::string& name : names) request.features.push_back(input + "=" + name);
  for (const auto& [output, names] : columns.targets_of)
    for (const std::string& name : names) request.target.push_back(output + "=" + name);
  request.sample_weight = columns.sample_weight;
  return request;
}

}  // namespace upkeep::api
