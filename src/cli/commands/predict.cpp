// upkeep predict: a model's answers for the rows of a table.

#include "base/cores.hpp"
#include "base/format.hpp"
#include "cli/classes.hpp"
#include "cli/commands/command.hpp"
#include "cli/models.hpp"
#include "data/rows.hpp"

namespace upkeep::commands {

struct PredictOptions {
  std::string model;
  std::string data;
  std::vector<std::string> features;
  std::vector<std::string> ignore;
  std::vector<std::string> keep;
  std::string output;
  std::int64_t batch_size = 256;
  int threads = 0;
  std::string registry;
};

}  // namespace upkeep::commands

namespace upkeep {

using commands::PredictOptions;

template <>
inline const Settings settings<PredictOptions> = describe<PredictOptions>(
    "predict", "a model's answers for the rows of a table",
    field("model", &PredictOptions::model, "a model file, or name@alias in --registry"),
    field("data", &PredictOptions::data, "table with the features: .csv, .parquet or .npz"),
    field("features", &PredictOptions::features,
          "columns to predict from; INPUT=COLUMN for a model with several inputs (default: the model's own, else every numeric column)"),
    field("ignore", &PredictOptions::ignore, "columns to leave out"),
    field("keep", &PredictOptions::keep, "columns of the table to write beside the answers (names of files are, of a folder of images)"),
    field("output", &PredictOptions::output, "table for the answers: .csv, .parquet or .npz (default: CSV on stdout)"),
    field("batch_size", &PredictOptions::batch_size, "rows in a run", range(1, 1e9)),
    field("threads", &PredictOptions::threads, "of the runtime; 0: one per core", range(0, 1024)),
    field("registry", &PredictOptions::registry, "registry folder, for name@alias"));

}  // namespace upkeep

namespace upkeep::commands {

namespace {

// Value `i` of each row: a text, or a number as float64.
template <typename T>
Tensor column_of(std::span<const T> values, std::int64_t i, std::int64_t rows) {
  const std::int64_t width = rows == 0 ? 1 : std::ssize(values) / rows;
  std::vector<T> column;
  for (std::int64_t row = 0; row < rows; ++row) column.push_back(values[static_cast<std::size_t>(row * width + i)]);
  return Tensor({rows}, std::move(column));
}

// Outputs as columns: "dense_1" for one value a row, "dense_1.0", "dense_1.1" for several.
Table as_columns(const Tensors& outputs) {
  Table table;
  for (const auto& [name, tensor] : outputs) {
    const std::int64_t rows = tensor.rank() == 0 ? 1 : tensor.dim(0);
    const std::int64_t width = rows == 0 ? 1 : tensor.size() / rows;
    const bool texts = tensor.dtype() == DType::kString;
    const Tensor values = texts || tensor.dtype() == DType::kFloat64 ? tensor : tensor.cast(DType::kFloat32).cast(DType::kFloat64);
    for (std::int64_t i = 0; i < width; ++i)
      table.add(width == 1 ? name : upkeep::format("{}.{}", name, i),
                texts ? column_of<std::string>(values.strings(), i, rows) : column_of<double>(values.data<double>(), i, rows));
  }
  return table;
}

Json columns_json(const Table& table) {
  Json document = Json::object();
  for (const auto& [name, values] : table.columns()) {
    Json list = Json::array();
    if (values.dtype() == DType::kString)
      for (const std::string& text : values.strings()) list.push_back(text);
    else
      for (std::size_t row = 0; row < static_cast<std::size_t>(values.size()); ++row)
        list.push_back(values.dtype() == DType::kInt64 ? Json(values.data<std::int64_t>()[row])
                                                       : json_number(values.cast(DType::kFloat64).data<double>()[row]));
    document[name] = std::move(list);
  }
  return document;
}

// RFC 4180: what holds a comma, a quote or the end of a line is quoted.
std::string csv_cell(const Tensor& column, std::size_t row) {
  if (column.dtype() == DType::kInt64) return std::to_string(column.data<std::int64_t>()[row]);
  if (column.dtype() != DType::kString) return upkeep::format("{}", static_cast<float>(column.data<double>()[row]));
  const std::string& text = column.strings()[row];
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

void print_csv(const Table& table, Output& output) {
  output.text(join(table.names(), ","));
  for (std::int64_t row = 0; row < table.rows(); ++row) {
    std::string line;
    for (const auto& [name, values] : table.columns()) line += (line.empty() ? "" : ",") + csv_cell(values, static_cast<std::size_t>(row));
    output.text(line);
  }
}

// The columns that are written beside the answers, of the rows that these are for.
Table kept_columns(const Table& table, const Dataset& data, const std::vector<std::string>& names) {
  Table kept;
  for (const std::string& name : names)
    kept.add(name, data.table_rows.empty() ? table.column(name) : take_rows(table.column(name), data.table_rows));
  return kept;
}

// The answers with classes by their names, behind the columns that are kept.
Table with_names(Table answers, const Model& model, const Tensors& outputs, Table kept) {
  if (const std::optional<AnsweredClasses> classes = answered_classes(model))
    answers = with_classes(answers, outputs.begin()->second, outputs.begin()->first, *classes);
  for (const auto& [name, values] : answers.columns()) kept.add(name, values);
  return kept;
}

int run_predict(const PredictOptions& options, const Ordered&, Output& output) {
  const Model model = open_model(options.model, options.registry);
  const Table table = load_table(options.data);
  std::vector<std::string> keep = in_context(options.data, [&] { return table.find(options.keep); });
  if (!table.row_name().empty() && !std::ranges::contains(keep, table.row_name())) keep.insert(keep.begin(), table.row_name());
  DataColumns columns{.features = options.features, .ignore = options.ignore, .no_targets = true};
  if (columns.features.empty() && metadata_list(model, kFeaturesKey).empty())
    columns.ignore.insert(columns.ignore.end(), keep.begin(), keep.end());
  const Dataset data = in_context(options.data, [&] { return dataset_for(model, table, columns); });
  const Tensors outputs = predict(model, data.inputs, options.batch_size, options.threads);
  const Table answers = with_names(as_columns(outputs), model, outputs, kept_columns(table, data, keep));
  if (!options.output.empty()) {
    save_table(answers, options.output);
    output.result({{"rows", answers.rows()}, {"threads", threads_or_cores(options.threads)}, {"output", options.output}});
    output.text(upkeep::format("{} rows, saved {}", answers.rows(), options.output));
  } else {
    output.result({{"rows", answers.rows()}, {"threads", threads_or_cores(options.threads)}, {"predictions", columns_json(answers)}});
    if (!output.json()) print_csv(answers, output);
  }
  return 0;
}

}  // namespace

void add_predict(CommandCatalog& catalog) {
  catalog.add(entry<PredictOptions>(
      "train", {"model"}, {"model", "data"},
      {"upkeep predict model.h5 --data new.csv --output answers.parquet", "upkeep predict price@production --registry reg --data new.csv"},
      run_predict));
}

}  // namespace upkeep::commands
