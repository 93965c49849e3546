// upkeep quantize: weights, and activations too, become integers. How comes from the room optimize/quantize.

#include "optimize/quantize/quantize.hpp"
#include "analyze/report.hpp"
#include "base/files.hpp"
#include "base/format.hpp"
#include "base/progress.hpp"
#include "base/some_of.hpp"
#include "cli/acceptance.hpp"
#include "cli/commands/command.hpp"
#include "cli/models.hpp"
#include "cli/table.hpp"
#include "convert/formats/format.hpp"
#include "convert/random_inputs.hpp"
#include "runtime/start.hpp"

namespace upkeep::commands {

struct QuantizeOptions : AcceptanceRequest {
  std::string model;
  std::string output;
  std::string method = "static";
  std::string calibration;
  std::vector<std::string> keep_float;
  std::vector<std::string> layer;
  bool sensitivity = false;
  std::string report;
  std::optional<std::int64_t> seed;
  int threads = 0;
  std::string registry;
};

}  // namespace upkeep::commands

namespace upkeep {

using commands::QuantizeOptions;

template <>
inline const Settings settings<QuantizeOptions> = with_acceptance<QuantizeOptions>(describe<QuantizeOptions>(
    "quantize", "make a model smaller and faster with integers for its weights and activations",
    field("model", &QuantizeOptions::model, "a model file, or name@alias in --registry"),
    field("output", &QuantizeOptions::output, "where the quantised model goes"),
    field("method", &QuantizeOptions::method, "NAME or NAME:SETTING=VALUE,... of `upkeep catalog optimize/quantize`"),
    field("calibration", &QuantizeOptions::calibration,
          "table of rows that calibrate (default: --data; without both, made-up rows where the method needs any)"),
    field("keep_float", &QuantizeOptions::keep_float,
          "layers that stay as they are: names or patterns of nodes or weights, or an operator"),
    field("layer", &QuantizeOptions::layer,
          "PATTERN:weight_bits=4,activation_bits=16: what layers have otherwise, by name, pattern or operator; the last that fits counts"),
    field("sensitivity", &QuantizeOptions::sensitivity,
          "measure the error of the answers when only one layer is quantised, for each layer"),
    field("report", &QuantizeOptions::report,
          "an HTML page: the error of each layer alone, the scales' calibrators, what runs as integers"),
    field("seed", &QuantizeOptions::seed, "of made-up rows (default: drawn, and said)"),
    field("threads", &QuantizeOptions::threads, "of the runtime; 0: one per core", range(0, 1024)),
    field("registry", &QuantizeOptions::registry, "registry folder, for name@alias")));

}  // namespace upkeep

namespace upkeep::commands {

namespace {

constexpr std::int64_t kMadeUpRows = 256;

QuantizeContext context_for(const Model& model, const QuantizeOptions& options, bool needs_rows) {
  QuantizeContext context{.rows = {},
                          .row_numbers = {},
                          .keep_float = options.keep_float,
                          .layers = {},
                          .threads = options.threads,
                          .sensitivity = options.sensitivity || !options.report.empty()};
  for (const std::string& text : options.layer) context.layers.push_back(parse_layer_bits(text));
  const std::string& file = options.calibration.empty() ? options.data : options.calibration;
  if (!file.empty()) {
    const Dataset data = in_context(file, [&] {
      const Table table = load_table(file);
      if (options.calibration.empty())
        for (const std::string& target : options.target) table.find({target.substr(target.find('=') + 1)});
      return dataset_for(model, table,
                         {.targets = options.target, .features = options.features, .ignore = options.ignore, .no_targets = true});
    });
    context.rows = data.inputs;
    for (const std::int64_t row : data.table_rows) context.row_numbers.push_back(row + 1);
  } else if (needs_rows) {
    const std::uint64_t seed = seed_or_random(options.seed);
    context.rows = random_inputs(model, std::min(kMadeUpRows, 4 * enough_rows(model)), seed);
    note(upkeep::format("no --data: calibrated with {} made-up rows (--seed {}), whose ranges may not be those of real ones",
                        context.rows.empty() ? 0 : context.rows.begin()->second.dim(0), seed));
  }
  return context;
}

// "int8", or "4 bits in int8".
std::string weight_type(const Json& layer) {
  const auto type = layer["type"].get<std::string>();
  return layer.contains("bits") ? upkeep::format("{} bits in {}", layer["bits"].dump(), type) : type;
}

std::string layer_table(const Json& facts) {
  const bool measured = std::ranges::any_of(facts["layers"], [](const Json& one) { return one.contains("sqnr"); });
  std::vector<std::vector<std::string>> rows{{"layer", "operator", "weights", "stays because"}};
  if (measured) rows[0].push_back("dB alone");
  for (const Json& one : facts["layers"]) {
    rows.push_back({one["layer"], one["op"], weight_type(one), one.value("kept", "")});
    if (measured) rows.back().push_back(one.contains("sqnr") ? upkeep::format("{:.1f}", one["sqnr"].get<double>()) : "");
  }
  return text_table(rows);
}

std::string listed(const Json& counts) {
  std::string text;
  for (const auto& [name, count] : counts.items()) text += upkeep::format("{}{} {}", text.empty() ? "" : ", ", count.dump(), name);
  return text;
}

void say(const Change& change, const QuantizeOptions& options, Output& output) {
  const Json& facts = change.facts;
  for (const std::string& line : change.notes) note(line);
  output.text(layer_table(facts));
  if (facts.contains("calibrator")) output.text("calibrator: " + facts["calibrator"].get<std::string>());
  if (facts.contains("sqnr"))
    for (const auto& [name, value] : facts["sqnr"].items())
      output.text(upkeep::format("signal to noise of \"{}\": {:.1f} dB, on {} of {} rows", name, value.get<double>(),
                                 facts["sqnr_rows"].dump(), facts["rows"].dump()));
  const std::string integers = listed(facts["integer_operators"]), floats = listed(facts["float_operators"]);
  output.text(upkeep::format("ONNX Runtime runs as integers: {}; in floats: {}; {} conversions between them",
                             integers.empty() ? "nothing" : integers, floats.empty() ? "no layer" : floats, facts["conversions"].dump()));
  if (!facts["fell_back"].empty())
    note(upkeep::format("{} layers have weights of integers and run in floats, slower than before: {}", facts["fell_back"].size(),
                        some_of(facts["fell_back"].get<std::vector<std::string>>())));
  output.text(upkeep::format("weights {} -> {} bytes, operator set {}, saved {}", facts["weight_bytes_before"].dump(),
                             facts["weight_bytes"].dump(), facts["opset"].dump(), options.output));
}

// The layers with the largest error first.
std::string page_of(const std::string& title, const Json& facts) {
  report::Page page(title, "quantised by the method " + facts["method"].get<std::string>());
  std::vector<report::Tile> tiles{
      {"weights", short_bytes(facts["weight_bytes"].get<double>()), "before: " + short_bytes(facts["weight_bytes_before"].get<double>())}};
  for (const auto& [name, value] : facts["sqnr"].items())
    tiles.push_back({"signal to noise of " + name, upkeep::format("{:.1f} dB", value.get<double>()),
                     upkeep::format("on {} of {} rows", facts["sqnr_rows"].dump(), facts["rows"].dump())});
  page.tiles(tiles);
  std::vector<Json> layers(facts["layers"].begin(), facts["layers"].end());
  std::ranges::stable_sort(layers, {}, [](const Json& one) { return one.value("sqnr", 1e9); });
  report::TableBlock table{.heading = {"layer", "operator", "weights", "dB alone", "stays because"}, .rows = {}, .caption = {}};
  report::Chart chart{.kind = report::ChartKind::kBar,
                      .title = "signal to noise when only this layer is quantised",
                      .y_label = "dB",
                      .series = {{.name = "dB", .y = {}}},
                      .wide = true};
  for (const Json& one : layers) {
    table.rows.push_back({one["layer"].get<std::string>(), one["op"].get<std::string>(), weight_type(one),
                          one.contains("sqnr") ? report::Cell(one["sqnr"].get<double>()) : report::Cell(""), one.value("kept", "")});
    if (!one.contains("sqnr")) continue;
    chart.labels.push_back(one["layer"]);
    chart.series[0].y.push_back(one["sqnr"]);
  }
  page.section("Layers", "The layer with the largest error of its own stands first.");
  if (!chart.labels.empty()) page.chart(chart);
  page.table(table);
  page.section("In ONNX Runtime");
  page.text(upkeep::format("As integers: {}. In floats: {}. Conversions between them: {}.", listed(facts["integer_operators"]),
                           listed(facts["float_operators"]), facts["conversions"].dump()));
  return page.html();
}

// Without --accept the data calibrates alone, and needs no targets.
AcceptanceRequest judged_by(const QuantizeOptions& options) {
  AcceptanceRequest request = options;
  if (request.accept.empty()) request.data.clear();
  return request;
}

int run_quantize(const QuantizeOptions& options, const Ordered&, Output& output) {
  const RuntimeStart start;
  expect_graph_file(options.output);
  const NamedSettings method = parse_named(options.method);
  const bool needs_rows = options.sensitivity || !options.report.empty() || quantization::catalog().at(method.name).needs_rows;
  Model model = open_model(options.model, options.registry);
  const Acceptance acceptance(judged_by(options), model);
  const QuantizeContext context = context_for(model, options, needs_rows);
  Change change;
  Json document = {{"output", options.output}};
  if (acceptance.asked()) {
    QuantizedAndJudged result = quantize_judged(model, method, context, acceptance.judge());
    change = std::move(result.change);
    document["change"] = change.facts;
    if (!acceptance.accepts(result.made, change.pass, document, output)) return kRefusedExit;
    model = std::move(result.made.model);
  } else {
    change = quantize(model, method, context);
    document["change"] = change.facts;
  }
  std::optional<StagedFile> page;
  if (!options.report.empty()) write_file(page.emplace(options.report).path(), page_of(options.model, change.facts));
  save_model(model, options.output);
  if (page) page->publish();
  document["seconds"] = change.seconds;
  document["notes"] = change.notes;
  output.result(document);
  say(change, options, output);
  return 0;
}

}  // namespace

void add_quantize(CommandCatalog& catalog) {
  catalog.add(entry<QuantizeOptions>(
      "optimise", {"model", "output"}, {"model", "output"},
      {"upkeep quantize in.onnx out.onnx --method static --data d.npz --target y", "upkeep quantize in.onnx out.onnx --method dynamic",
       "upkeep quantize in.onnx out.onnx --method static:calibrator=entropy --data d.csv --keep-float dense_3",
       "upkeep quantize in.onnx out.onnx --data d.npz --layer 'conv*:weight_bits=4,activation_bits=16'"},
      run_quantize));
}

}  // namespace upkeep::commands
