// upkeep inspect: what a model is made of and what it costs.

#include <cmath>

#include "analyze/summary.hpp"
#include "base/format.hpp"
#include "base/names.hpp"
#include "base/progress.hpp"
#include "cli/acceptance.hpp"
#include "cli/commands/command.hpp"
#include "cli/models.hpp"
#include "cli/signature_text.hpp"
#include "cli/table.hpp"
#include "graph/onnx.hpp"
#include "train/known_signature.hpp"
#include "train/trainer.hpp"

namespace upkeep::commands {

struct InspectOptions {
  std::string model;
  std::string registry;
  std::string by = "auto";
  bool time = false;
  std::int64_t batch_size = 1;
  std::int64_t threads = 0;
  bool graph = false;
};

}  // namespace upkeep::commands

namespace upkeep {

using commands::InspectOptions;

template <>
inline const Settings settings<InspectOptions> =
    describe<InspectOptions>("inspect", "what a model is made of and what it costs: layers, shapes, parameters, FLOPs, bytes, time",
                             field("model", &InspectOptions::model, "a model file, an architecture, or name@alias in --registry"),
                             field("registry", &InspectOptions::registry, "registry folder, for name@alias"),
                             field("by", &InspectOptions::by,
                                   "what a row is; auto: a layer where the graph has layers, else a node, or an operator beyond 100 nodes",
                                   one_of({"auto", "layers", "nodes", "operators"})),
                             field("time", &InspectOptions::time, "run the model on made-up rows and measure each row of the table"),
                             field("batch_size", &InspectOptions::batch_size, "rows that FLOPs, outputs and times are for", range(1, 1e6)),
                             field("threads", &InspectOptions::threads, "of a measured run; 0: one per core", range(0, 1024)),
                             field("graph", &InspectOptions::graph, "the whole graph as ONNX text instead"));

}  // namespace upkeep

namespace upkeep::commands {

namespace {

std::vector<std::string> signature(const std::vector<ValueInfo>& values, const Graph& graph) {
  std::vector<std::string> texts;
  for (const ValueInfo& value : values)
    if (!graph.initializer(value.name)) texts.push_back(value.name + " " + to_string(value.type));
  return texts;
}

Json to_json(const SummaryRow& row, const std::string& by) {
  Json json = {{"name", row.name}, {"kind", row.kind}};
  if (by != "operators") json.update({{"output", row.output}, {"inputs", row.inputs}});
  json.update({{"nodes", row.nodes},
               {"parameters", row.parameters},
               {"trainable", row.trainable},
               {"zeros", row.zeros},
               {"weight_bytes", row.weight_bytes},
               {"output_bytes", row.output_bytes},
               {"flops", row.flops.total()},
               {"multiply_adds", row.flops.multiply_adds},
               {"time_us", row.time_us ? Json(*row.time_us) : Json(nullptr)}});
  return json;
}

Json to_json(const Model& model, const Summary& summary) {
  std::map<std::string, Json> lists = {{"layers", Json::array()}};
  for (const SummaryRow& row : summary.list) lists[summary.by].push_back(to_json(row, summary.by));
  Json document = {{"inputs", signature(model.graph.inputs, model.graph)},
                   {"outputs", signature(model.graph.outputs, model.graph)},
                   {"layers", std::move(lists["layers"])},
                   {"operators", summary.operators},
                   {"parameters", summary.parameters},
                   {"trainable", summary.trainable},
                   {"zeros", summary.zeros},
                   {"weight_bytes", summary.weight_bytes},
                   {"rows", summary.rows},
                   {"flops", summary.flops.total()},
                   {"multiply_adds", summary.flops.multiply_adds},
                   {"uncounted", summary.uncounted},
                   {"run_us", summary.run_us ? Json(*summary.run_us) : Json(nullptr)},
                   {"opset", model.opsets.contains("") ? model.opsets.at("") : 0},
                   {"producer", model.producer_name}};
  if (summary.by == "nodes") document["nodes"] = std::move(lists["nodes"]);
  if (summary.by == "operators") document["by_operator"] = std::move(lists["operators"]);
  if (const auto compile = compile_of(model)) document["compile"] = upkeep::to_json(*compile);
  document["signature"] = upkeep::to_json(known_signature(model));
  if (std::optional<Json> record = acceptance_record(model)) document["acceptance"] = std::move(*record);
  return document;
}

std::string or_nothing(bool there, std::string text) { return there ? std::move(text) : std::string(); }

std::string time_of(const SummaryRow& row, const Summary& summary) {
  if (row.time_us) return short_time(*row.time_us);
  return or_nothing(summary.run_us && row.nodes > 0, "fused");  // it runs as a part of another row, or beforehand
}

Fitted table_of(const Summary& summary) {
  const bool operators = summary.by == "operators";
  const std::vector<Column> columns = {{operators                ? "operator"
                                        : summary.by == "layers" ? "layer"
                                                                 : "node",
                                        Align::kLeft, 0, 16},
                                       {summary.by == "layers" ? "kind" : "operator", Align::kLeft, 5, 12},
                                       {"nodes", Align::kRight, 9},
                                       {"output shape", Align::kLeft, 8},
                                       {"parameters", Align::kRight, 9},
                                       {"reads", Align::kLeft, 4, 12},
                                       {"FLOPs", Align::kRight, 7},
                                       {"weights", Align::kRight, 1},
                                       {"output", Align::kRight, 2},
                                       {"time", Align::kRight, 9},
                                       {"share", Align::kLeft, 3}};
  double measured = 0;
  for (const SummaryRow& row : summary.list) measured += row.time_us.value_or(0);
  std::vector<std::vector<std::string>> rows;
  for (const SummaryRow& row : summary.list)
    rows.push_back({row.name, or_nothing(!operators, row.kind), or_nothing(operators, std::to_string(row.nodes)), row.output,
                    grouped(row.parameters), or_nothing(!row.reads_above, join(row.inputs)),
                    or_nothing(row.flops.total() > 0, short_number(static_cast<double>(row.flops.total()))),
                    or_nothing(row.weight_bytes > 0, short_bytes(static_cast<double>(row.weight_bytes))),
                    or_nothing(row.output_bytes > 0, short_bytes(static_cast<double>(row.output_bytes))), time_of(row, summary),
                    or_nothing(measured > 0, share_bar(row.time_us.value_or(0) / measured, 10))});
  return fitted_table(columns, rows, output_width());
}

std::string totals(const Summary& summary) {
  std::string text = grouped(summary.parameters) + " parameters";
  if (summary.trainable != summary.parameters)
    text += upkeep::format(" ({} trainable, {} not)", grouped(summary.trainable), grouped(summary.parameters - summary.trainable));
  return text +
         upkeep::format(", {} of them zero, {} of weights", grouped(summary.zeros), short_bytes(static_cast<double>(summary.weight_bytes)));
}

std::string cost(const Summary& summary) {
  std::string text = upkeep::format("{} FLOPs for {} ({} multiply-adds)", short_number(static_cast<double>(summary.flops.total())),
                                    summary.rows == 1 ? "one row" : upkeep::format("{} rows", summary.rows),
                                    short_number(static_cast<double>(summary.flops.multiply_adds)));
  std::int64_t bytes = 0;
  for (const SummaryRow& row : summary.list) bytes += row.output_bytes;
  if (bytes > 0) text += upkeep::format(", {} of outputs", short_bytes(static_cast<double>(bytes)));
  std::vector<std::string> uncounted;
  for (const auto& [name, count] : summary.uncounted) uncounted.push_back(count == 1 ? name : upkeep::format("{} {}", count, name));
  if (!uncounted.empty()) text += "; not counted: " + join(uncounted);
  return text;
}

std::string speed(const Summary& summary) {
  std::string text = upkeep::format("{} for a run of {}: {} rows a second", short_time(*summary.run_us),
                                    summary.rows == 1 ? "one row" : upkeep::format("{} rows", summary.rows),
                                    grouped(std::llround(1e6 * static_cast<double>(summary.rows) / *summary.run_us)));
  if (summary.runtime_us > 0) text += upkeep::format("; {} of it in changes of layout", short_time(summary.runtime_us));
  return text;
}

void print(const Model& model, const Summary& summary, Output& output) {
  output.text("inputs   " + join(signature(model.graph.inputs, model.graph)));
  output.text("outputs  " + join(signature(model.graph.outputs, model.graph)) + "\n");
  const Fitted table = table_of(summary);
  output.text(table.text + "\n");
  output.text(totals(summary));
  output.text(cost(summary));
  if (summary.run_us) output.text(speed(summary));
  if (const auto compile = compile_of(model)) {
    output.text(upkeep::format("compiled with loss {}, optimizer {}{}", compile->loss.name, compile->optimizer.name,
                               compile->metrics.empty() ? "" : ", metrics " + join(compile->metrics)));
  }
  for (const std::string& line : described(known_signature(model))) output.text(line);
  if (const std::optional<Json> record = acceptance_record(model))
    output.text(upkeep::format("\njudged after {}:\n{}", record->value("pass", ""), acceptance_text(*record)));
  if (!table.left_out.empty()) note(upkeep::format("no room for: {}; a wider terminal or --json shows them", join(table.left_out)));
}

int run_inspect(const InspectOptions& options, const Ordered&, Output& output) {
  Model model = open_model(options.model, options.registry);
  if (options.graph) {
    model.training_tensors.clear();  // the optimiser's, no part of the graph
    const std::string text = model_to_text(model);
    output.result({{"graph", text}});
    output.text(text);
    return 0;
  }
  const Summary summary = summarise(model, {.by = options.by == "auto" ? "" : options.by,
                                            .rows = options.batch_size,
                                            .timing = options.time ? Timing::kMeasured : Timing::kNone,
                                            .threads = static_cast<int>(options.threads)});
  output.result(to_json(model, summary));
  if (!output.json()) print(model, summary, output);
  return 0;
}

}  // namespace

void add_inspect(CommandCatalog& catalog) {
  catalog.add(entry<InspectOptions>("train", {"model"}, {"model"},
                                    {"upkeep inspect model.h5", "upkeep inspect model.onnx --time --batch-size 32",
                                     "upkeep inspect price@production --registry reg --json", "upkeep inspect model.onnx --graph"},
                                    run_inspect));
}

}  // namespace upkeep::commands
