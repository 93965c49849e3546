// upkeep label: what turned out to be true, appended to the log and joined with the predictions by request id.

#include <algorithm>

#include "base/format.hpp"
#include "cli/commands/command.hpp"
#include "data/table.hpp"
#include "deploy/registry/registry.hpp"
#include "log/prediction_log.hpp"

namespace upkeep::commands {

struct LabelOptions {
  std::string model;
  std::string data;
  std::string registry = "registry";
  std::string log;
  std::string label_column = "label";
  std::string id_column = "request_id";
  std::string source;
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
    field("source", &LabelOptions::source, "where the labels come from, for rows that do not say"));

}  // namespace upkeep

namespace upkeep::commands {

// The table under the names that the log uses.
static Table renamed(const Table& table, const LabelOptions& options) {
  table.column(options.id_column);
  table.column(options.label_column);
  Table made;
  for (const auto& [name, values] : table.columns()) {
    if (name == options.id_column) made.add("request_id", table.has_texts(name) ? table.texts(name) : values);  // "007" is not 7
    else if (name == options.label_column) made.add("label", values);
    else if (name == "row" || name == "time" || name == "source") made.add(name, values);
  }
  if (!options.source.empty() && !made.has("source"))
    made.add("source", Tensor({made.rows()}, std::vector<std::string>(static_cast<std::size_t>(made.rows()), options.source)));
  return made;
}

// Its first predictions may still be on their way to the log.
static bool is_published(const std::filesystem::path& registry, const std::string& model) {
  return std::filesystem::is_directory(registry) && std::ranges::contains(Registry(registry).models(), model);
}

static int label(const LabelOptions& options, const Ordered&, Output& output) {
  const std::filesystem::path folder =
      options.log.empty() ? std::filesystem::path(options.registry) / "log" : std::filesystem::path(options.log);
  if (!std::filesystem::is_directory(folder / options.model) && !is_published(options.registry, options.model))
    throw Error(ErrorCode::kNotFound, upkeep::format("no predictions of \"{}\" in {}", options.model, folder.string()),
                "upkeep serve writes them; --registry or --log says where");
  const std::int64_t rows =
      in_context(options.data, [&] { return append_labels(folder, options.model, renamed(load_table(options.data), options)); });
  output.result({{"model", options.model}, {"labels", rows}});
  output.text(upkeep::format("{} labels for {}", rows, options.model));
  return 0;
}

void add_label(CommandCatalog& catalog) {
  catalog.add(entry<LabelOptions>("maintain", {"model"}, {"model", "data"},
                                  {"upkeep label price --data truth.csv --registry reg",
                                   "upkeep label price --data sales.parquet --label-column sold_for --id-column order"},
                                  label));
}

}  // namespace upkeep::commands
