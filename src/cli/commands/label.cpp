// upkeep label: what turned out to be true, appended to the log and joined with the predictions by request id.

#include <algorithm>

#include "base/format.hpp"
#include "cli/commands/command.hpp"
#include "data/table.hpp"
#include "deploy/registry/registry.hpp"
#include "log/labels.hpp"

namespace upkeep::commands {

struct LabelOptions {
  std::string model;
  std::string data;
  std::string registry = "registry";
  std::string log;
  std::string label_column = "label";
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
    field("registry", &LabelOptions::registry, "registry folder, whose log it is"), field("log", &LabelOptions::log, "another log folder"),
    field("label_column", &LabelOptions::label_column, "column that holds the label"),
    field("id_column", &LabelOptions::id_column, "column that holds the request id"),
    field("source", &LabelOptions::source, "where the labels come from, for rows that do not say"),
    field("time_unit", &LabelOptions::time_unit, "what whole numbers in the column time count since 1970; default: told by their size",
          one_of({"s", "ms", "us", "ns"})));

}  // namespace upkeep

namespace upkeep::commands {

// Dates in a CSV are read as they stand there, with their offsets.
static void add_times(Table& made, const Table& table) {
  const bool texts = table.is_time("time") && table.has_texts("time");
  made.add("time", texts ? table.texts("time") : table.column("time"));
  if (table.is_time("time") && !texts) made.set_time("time");
}

// The table under the names that the log uses.
static Table renamed(const Table& table, const LabelOptions& options) {
  table.column(options.id_column);
  table.column(options.label_column);
  Table made;
  for (const auto& [name, values] : table.columns()) {
    if (name == options.id_column) made.add("request_id", table.has_texts(name) ? table.texts(name) : values);  // "007" is not 7
    else if (name == options.label_column) made.add("label", values);
    else if (name == "time") add_times(made, table);
    else if (name == "row" || name == "source") made.add(name, values);
  }
  if (!options.source.empty() && !made.has("source"))
    made.add("source", Tensor({made.rows()}, std::vector<std::string>(static_cast<std::size_t>(made.rows()), options.source)));
  return made;
}

// Its first predictions may still be on their way to the log.
static bool is_published(const std::filesystem::path& registry, const std::string& model) {
  return std::filesystem::is_directory(registry) && std::ranges::contains(Registry(registry).models(), model);
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
  const std::filesystem::path folder =
      options.log.empty() ? std::filesystem::path(options.registry) / "log" : std::filesystem::path(options.log);
  if (!std::filesystem::is_directory(folder / options.model) && !is_published(options.registry, options.model))
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
                                   "upkeep label price --data sales.parquet --label-column sold_for --id-column order"},
                                  label));
}

}  // namespace upkeep::commands
