// upkeep label: what turned out to be true, appended to the log and joined with the predictions by request id.

#include <algorithm>

#include "base/format.hpp"
#include "cli/commands/command.hpp"
#include "data/table.hpp"
#include "graph/signature.hpp"
#include "log/labels.hpp"
#include "log/reader.hpp"
#include "maintain/monitor/feature_columns.hpp"
#include "registry/registry.hpp"

namespace upkeep::commands {

struct LabelOptions {
  std::string model;
  std::string data;
  std::string registry = "registry";
  std::string artifacts;
  std::string log;
  std::vector<std::string> label_column;
  std::string id_column = "request_id";
  std::string source;
  std::string time_unit;
};

}  // namespace upkeep::commands

namespace upkeep {

using commands::LabelOptions;

template <>
inline const Settings settings<LabelOptions> = describe<LabelOptions>(
    "label", "append what turned out to be true; joined with predictions by request id",
    field("model", &LabelOptions::model, "the model's name in the log"),
    field("data", &LabelOptions::data, "table with a request id and a label per row, and optionally row (in the batch), time and source"),
    field("registry", &LabelOptions::registry, "folder or URI of the registry whose log it is"),
    field("artifacts", &LabelOptions::artifacts, "of the registry: a folder or a URI (default: what it was made with)"),
    field("log", &LabelOptions::log, "another log folder"),
    field("label_column", &LabelOptions::label_column,
          "column that holds the label; columns of a model with several outputs, called as the outputs or as what they are judged by "
          "(default: "
          "label, else the columns of these names)"),
    field("id_column", &LabelOptions::id_column, "column that holds the request id"),
    field("source", &LabelOptions::source, "where the labels come from, for rows that do not say"),
    field("time_unit", &LabelOptions::time_unit, "what whole numbers in the column time count since 1970; default: told by their size",
          one_of({"s", "ms", "us", "ns"})));

}  // namespace upkeep

namespace upkeep::commands {

static RegistryAddress address_of(const LabelOptions& options) { return {options.registry, options.artifacts}; }

// Dates in a CSV are read as they stand there, with their offsets.
static void add_times(Table& made, const Table& table) {
  const bool texts = table.is_time("time") && table.has_texts("time");
  made.add("time", texts ? table.texts("time") : table.column("time"));
  if (table.is_time("time") && !texts) made.set_time("time");
}

// What the outputs of the version that would answer now are judged by; nothing without a registry.
static Signature known_outputs(const LabelOptions& options) {
  if (!Registry::is_in(address_of(options))) return {};
  const Registry registry = Registry::existing(address_of(options));
  if (!std::ranges::contains(registry.models(), options.model)) return {};
  const bool served = registry.alias(options.model, "production").has_value();
  return signature_of(registry.load(registry.resolve(served ? options.model + "@production" : options.model)));
}

// The outputs that a column of this name judges; the one that the model is judged by has no name among labels.
static std::vector<std::string> judged_outputs(const std::string& column, const Signature& signature) {
  std::vector<std::string> outputs;
  const OutputSignature* own = signature.judged_output();
  for (const OutputSignature& output : signature.outputs)
    if (output.name == column || std::ranges::contains(output.targets, column)) outputs.push_back(&output == own ? "" : output.name);
  return outputs;
}

// One column's labels under the names that the log uses, as they are of one output. Where there are several, a cell may be empty: that
// label is not known yet.
static Table labels_of_output(const Table& table, const LabelOptions& options, const std::string& column, const std::string& output,
                              bool several) {
  Table made;
  for (const auto& [name, values] : table.columns()) {
    if (name == options.id_column) made.add("request_id", table.has_texts(name) ? table.texts(name) : values);  // "007" is not 7
    else if (name == column) made.add("label", values);
    else if (name == "time") add_times(made, table);
    else if (name == "row" || name == "source" || (name == "output" && output.empty())) made.add(name, values);
  }
  const auto repeated = [&](const std::string& text) {
    return Tensor({made.rows()}, std::vector<std::string>(static_cast<std::size_t>(made.rows()), text));
  };
  if (!options.source.empty() && !made.has("source")) made.add("source", repeated(options.source));
  if (several || !output.empty()) made.add("output", repeated(output));
  if (!several) return made;
  std::vector<std::int64_t> known;
  for (std::int64_t row = 0; row < made.rows(); ++row)
    if (!is_missing(made.column("label"), row)) known.push_back(row);
  Table some = made.take(known);
  if (made.is_time("time")) some.set_time("time");
  return some;
}

// The table under the names that the log uses.
static Table renamed(const Table& table, const LabelOptions& options) {
  table.column(options.id_column);
  std::vector<std::string> columns = options.label_column;
  if (columns.empty() && table.has("label")) columns = {"label"};
  const Signature signature = columns == std::vector<std::string>{"label"} ? Signature() : known_outputs(options);
  if (columns.empty())
    for (const std::string& name : table.names())
      if (name != options.id_column && !judged_outputs(name, signature).empty()) columns.push_back(name);
  if (columns.empty()) columns = {"label"};                 // which is not there, and is said
  std::vector<std::pair<std::string, std::string>> labels;  // column, output
  for (const std::string& column : columns) {
    table.column(column);
    const std::vector<std::string> outputs = judged_outputs(column, signature);
    for (const std::string& output : outputs) labels.emplace_back(column, output);
    if (outputs.empty()) labels.emplace_back(column, columns.size() > 1 ? column : "");
  }
  if (table.has("output") && labels.size() > 1)
    throw Error(ErrorCode::kInvalidArgument, "the column \"output\" and several columns of labels both say which output a label is of",
                "give one of them");
  if (labels.size() == 1) return labels_of_output(table, options, labels.front().first, labels.front().second, false);
  std::vector<Table> parts;
  bool times = false;
  for (const auto& [column, output] : labels) {
    parts.push_back(labels_of_output(table, options, column, output, true));
    times = times || parts.back().is_time("time");
  }
  Table all = stack(parts);
  if (times) all.set_time("time");
  return all;
}

// Its first predictions may still be on their way to the log.
static bool is_published(const RegistryAddress& registry, const std::string& model) {
  return Registry::is_in(registry) && std::ranges::contains(Registry::existing(registry).models(), model);
}

// What was done, and whatever did not go as one would expect.
static std::string said(const std::string& model, const LabelCounts& counts) {
  std::string text = upkeep::format("{} labels for {}, {} of them match a logged prediction", counts.labels, model, counts.matched);
  if (counts.unmatched > 0)
    text += upkeep::format("\n{} are kept for predictions that are not logged yet: no prediction has their ids so far", counts.unmatched);
  if (counts.ambiguous > 0)
    text += upkeep::format("\n{} are left out: their request ids stand for several requests each", counts.ambiguous);
  if (counts.replaced > 0) text += upkeep::format("\n{} are replaced by a later one of the same row in this table", counts.replaced);
  return text;
}

static int label(const LabelOptions& options, const Ordered&, Output& output) {
  const std::filesystem::path folder = options.log.empty() ? log_folder_of(address_of(options)) : std::filesystem::path(options.log);
  if (!std::filesystem::is_directory(folder / options.model) && !is_published(address_of(options), options.model))
    throw Error(ErrorCode::kNotFound, upkeep::format("no predictions of \"{}\" in {}", options.model, folder.string()),
                "upkeep serve writes them; --registry or --log says where");
  const LabelCounts counts = in_context(options.data, [&] {
    return append_labels(folder, options.model, renamed(load_table(options.data), options),
                         {.time_unit = time_unit_from_string(options.time_unit)});
  });
  output.result({{"model", options.model},
                 {"labels", counts.labels},
                 {"matched", counts.matched},
                 {"unmatched", counts.unmatched},
                 {"ambiguous", counts.ambiguous},
                 {"replaced", counts.replaced}});
  output.text(said(options.model, counts));
  return 0;
}

void add_label(CommandCatalog& catalog) {
  catalog.add(entry<LabelOptions>("maintain", {"model"}, {"model", "data"},
                                  {"upkeep label price --data truth.csv --registry reg",
                                   "upkeep label price --data sales.parquet --label-column sold_for --id-column order",
                                   "upkeep label demand --data truth.csv --label-column sold,returned --registry reg"},
                                  label));
}

}  // namespace upkeep::commands
