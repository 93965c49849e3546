#include "train/training_request.hpp"

#include <algorithm>
#include <charconv>

#include "base/format.hpp"
#include "base/names.hpp"
#include "data/rows.hpp"
#include "train/columns.hpp"
#include "train/losses/loss.hpp"
#include "train/training_data.hpp"
#include "train/validation.hpp"

namespace upkeep {

namespace {

// "left=mse" -> {"left", "mse"}, and "lstm:1=mse" -> {"lstm:1", "mse"}, the layer's second value; "huber:delta=2" has no name before its
// "=".
std::optional<std::pair<std::string, std::string>> split_assignment(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos) return std::nullopt;
  const std::string_view name = std::string_view(text).substr(0, equals);
  const auto colon = name.find(':');
  const bool numbered = colon != std::string_view::npos && colon + 1 < name.size() &&
                        name.find_first_not_of("0123456789", colon + 1) == std::string_view::npos;
  if (colon != std::string_view::npos && !numbered) return std::nullopt;
  return std::pair(text.substr(0, equals), text.substr(equals + 1));
}

double number_in(const std::string& text, const std::string& of) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("\"{}\" of {} is no number", text, of));
  return value;
}

std::pair<std::string, std::string> expect_assignment(const std::string& text, const char* form) {
  if (const auto parts = split_assignment(text)) return *parts;
  throw Error(ErrorCode::kInvalidArgument, upkeep::format("\"{}\" is not of the form {}", text, form));
}

void set_losses(Compile& compile, const TrainingRequest& request) {
  if (request.loss.empty()) return;
  compile.outputs.clear();
  compile.misfits.clear();
  for (const std::string& text : request.loss) {
    if (const auto parts = split_assignment(text)) compile.outputs[parts->first].loss = parse_named(parts->second);
    else if (request.loss.size() == 1) compile.loss = parse_named(text);
    else throw Error(ErrorCode::kInvalidArgument, upkeep::format("which output is loss \"{}\" for?", text), "give OUTPUT=LOSS for each");
  }
}

void set_metrics(Compile& compile, const TrainingRequest& request) {
  if (request.metrics.empty()) return;
  compile.metrics.clear();
  compile.weighted_metrics.clear();
  compile.misfits.erase("metrics");
  compile.misfits.erase("weighted_metrics");
  for (auto& [name, output] : compile.outputs) output.metrics.clear(), output.weighted_metrics.clear();
  for (const std::string& text : request.metrics) {
    const auto parts = compile.outputs.empty() ? std::nullopt : split_assignment(text);
    if (parts) compile.outputs[parts->first].metrics.push_back(parts->second);
    else if (compile.outputs.empty()) compile.metrics.push_back(text);
    else
      for (auto& [name, output] : compile.outputs) output.metrics.push_back(text);
  }
}

// A class that is given by its index; it must be one of those that rows have.
std::int64_t class_index(const std::string& name, const Dataset& data) {
  std::vector<std::int64_t> indices = classes_of_rows(data.targets);
  std::ranges::sort(indices);
  indices.erase(std::ranges::unique(indices).begin(), indices.end());
  std::vector<std::string> known = data.class_names;
  if (known.empty())
    for (const std::int64_t index : indices) known.push_back(std::to_string(index));
  std::int64_t index = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), index);
  const bool number = error == std::errc() && end == name.data() + name.size();
  if (!number || (!indices.empty() && !std::ranges::binary_search(indices, index))) throw unknown_name("class", name, known);
  return index;
}

// What the model's file said and no catalog knows is kept for the file, and cannot be computed.
void refuse_foreign(const Compile& compile, const TrainingRequest& request) {
  const auto refuse = [&](const std::string& name, const char* what, const char* flag) {
    if (!compile.foreign.contains(name)) return;
    throw Error(ErrorCode::kUnsupported, upkeep::format("the model was compiled with the {} \"{}\", which is not known here", what, name),
                upkeep::format("give another by {}", flag));
  };
  const auto refuse_part = [&](const auto& part) {
    refuse(part.loss.name, "loss", "--loss");
    for (const std::string& metric : part.metrics) refuse(metric, "metric", "--metrics");
    for (const std::string& metric : part.weighted_metrics) refuse(metric, "weighted metric", "--metrics");
  };
  if (compile.outputs.empty()) refuse_part(compile);
  for (const auto& [name, output] : compile.outputs) in_context("output \"" + name + "\"", [&] { refuse_part(output); });
  if (!request.trains) return;
  refuse(compile.optimizer.name, "optimiser", "--optimizer");
  if (compile.schedule && request.schedule.empty()) refuse(compile.schedule->name, "learning-rate schedule", "--schedule or --optimizer");
}

// What Keras refuses to train with as well.
void refuse_misfits(const Compile& compile, const Model& model) {
  for (const auto& [key, form] : compile.misfits.items()) {
    const char* of = form.is_array() ? "entries" : "names";
    throw Error(ErrorCode::kFailedPrecondition,
                upkeep::format("the model was compiled with {} that do not go with its outputs: {} {}, and there are {} outputs", key,
                               form.size(), of, model.graph.outputs.size()),
                key == "loss_weights" ? "give others by --loss-weights OUTPUT=NUMBER" : "give others by --metrics");
  }
}

bool integer_targets(const NamedSettings& loss) { return losses::catalog().at(loss.name).integer_targets; }

// Several outputs: the same inputs, and targets of each.
Dataset data_of_outputs(const Model& model, const Table& table, const TrainingRequest& request, const Compile& compile) {
  std::map<std::string, std::vector<std::string>> columns;
  std::vector<std::string> all;
  for (const std::string& text : request.target) {
    const bool only = compile.outputs.size() == 1 && !split_assignment(text);
    auto [output, column] = only ? std::pair(compile.outputs.begin()->first, text) : expect_assignment(text, "OUTPUT=COLUMN");
    all.push_back(column);
    columns[output].push_back(std::move(column));
  }
  for (const auto& [output, own] : compile.outputs) {
    if (!request.target.empty()) break;
    columns[output] = own_targets(model, output);
    all.insert(all.end(), columns[output].begin(), columns[output].end());
  }
  if (all.empty()) throw Error(ErrorCode::kInvalidArgument, "no columns to predict", "give --target OUTPUT=COLUMN for each output");
  DataColumns request_for{.features = request.features, .ignore = request.ignore};
  if (!request.sample_weight.empty()) request_for.ignore.push_back(request.sample_weight);
  for (const auto& [output, own] : compile.outputs) {
    if (columns[output].empty())
      throw Error(ErrorCode::kInvalidArgument, "no column to predict by output \"" + output + "\"", "give --target " + output + "=COLUMN");
    request_for.outputs.push_back({.output = output,
                                   .targets = columns.at(output),
                                   .integer_targets = integer_targets(own.loss),
                                   .two_classes = compares_two_classes(own.loss)});
  }
  return dataset_for(model, table, request_for);
}

Dataset data_of_one(const Model& model, const Table& table, const TrainingRequest& request, const Compile& compile) {
  if (request.target.empty() && own_targets(model).empty() && table.target().empty())
    throw Error(ErrorCode::kInvalidArgument, "no column to predict", "give --target COLUMN");
  DataColumns columns{.targets = request.target,
                      .features = request.features,
                      .ignore = request.ignore,
                      .integer_targets = integer_targets(compile.loss),
                      .two_classes = compares_two_classes(compile.loss)};
  if (!request.sample_weight.empty()) columns.ignore.push_back(request.sample_weight);
  return dataset_for(model, table, columns);
}

}  // namespace

bool compares_two_classes(const NamedSettings& loss) { return losses::catalog().at(loss.name).classes == losses::Classes::kTwo; }

Compile compile_for(const Model& model, const TrainingRequest& request) {
  const std::optional<Compile> compiled = compile_of(model);
  if (request.loss.empty() && !compiled)
    throw Error(ErrorCode::kInvalidArgument, "the model says no loss to train with", "give --loss NAME, such as --loss mse");
  Compile compile = compiled.value_or(Compile{});
  set_losses(compile, request);
  set_metrics(compile, request);
  if (!request.optimizer.empty()) {
    compile.optimizer = parse_named(request.optimizer);
    compile.schedule.reset();  // it was that of the other's rate
  }
  refuse_foreign(compile, request);
  if (!request.loss_weights.empty()) compile.misfits.erase("loss_weights");
  refuse_misfits(compile, model);
  if (!request.trains && compile.foreign.contains(compile.optimizer.name)) compile.optimizer = Compile{}.optimizer;
  if (!request.schedule.empty() && compile.schedule && compile.foreign.contains(compile.schedule->name)) compile.schedule.reset();
  if (!request.trains) compile.schedule.reset();
  for (const std::string& text : request.loss_weights) {
    const auto [output, weight] = expect_assignment(text, "OUTPUT=NUMBER");
    if (!compile.outputs.contains(output)) throw Error(ErrorCode::kInvalidArgument, "output \"" + output + "\" has a weight but no loss");
    compile.outputs[output].loss_weight = number_in(weight, text);
  }
  if (!request.freeze.empty() || !request.rates.empty()) compile.rates.clear();
  for (const std::string& pattern : request.freeze) compile.rates.push_back({pattern, 0});
  for (const std::string& text : request.rates) {
    const auto [pattern, multiplier] = expect_assignment(text, "PATTERN=NUMBER");
    compile.rates.push_back({pattern, number_in(multiplier, text)});
  }
  if (compile.outputs.empty()) losses::catalog().at(compile.loss.name);  // a name that is wrong is not the data's fault
  for (const auto& [output, own] : compile.outputs) losses::catalog().at(own.loss.name);
  return compile;
}

Dataset training_data_for(const Model& model, const std::string& file, const TrainingRequest& request, const Compile& compile) {
  const Table table = load_table(file);
  return in_context(file, [&] { return training_data_for(model, table, request, compile); });
}

Dataset training_data_for(const Model& model, const Table& table, const TrainingRequest& request, const Compile& compile) {
  Dataset data = compile.outputs.empty() ? data_of_one(model, table, request, compile) : data_of_outputs(model, table, request, compile);
  if (!request.sample_weight.empty()) {
    const Tensor& weights = table.column(request.sample_weight);
    data.sample_weights = data.table_rows.empty() ? weights : take_rows(weights, data.table_rows);
  }
  return data;
}

ClassWeights class_weights_for(const std::vector<std::string>& texts, const Dataset& data) {
  if (texts.size() == 1 && texts[0] == "balanced") return balanced_class_weights(data.targets);
  ClassWeights weights;
  for (const std::string& text : texts) {
    const auto [name, weight] = expect_assignment(text, "CLASS=NUMBER");
    const auto found = std::ranges::find(data.class_names, name);
    const std::int64_t one = found != data.class_names.end() ? found - data.class_names.begin() : class_index(name, data);
    weights[one] = number_in(weight, text);
  }
  return weights;
}

}  // namespace upkeep
