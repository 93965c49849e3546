// upkeep quantize: weights, and activations too, become integers. How comes from the room optimize/quantize.

#include "optimize/quantize/quantize.hpp"
#include "base/cores.hpp"
#include "base/format.hpp"
#include "base/progress.hpp"
#include "cli/commands/command.hpp"
#include "cli/models.hpp"
#include "cli/table.hpp"
#include "convert/formats/format.hpp"
#include "convert/random_inputs.hpp"

namespace upkeep::commands {

struct QuantizeOptions {
  std::string model;
  std::string output;
  std::string method = "static";
  std::string data;
  std::vector<std::string> target;
  std::vector<std::string> features;
  std::vector<std::string> ignore;
  std::vector<std::string> keep_float;
  bool sensitivity = false;
  std::optional<double> least_sqnr;
  std::optional<std::int64_t> seed;
  int threads = 0;
  std::string registry;
};

}  // namespace upkeep::commands

namespace upkeep {

using commands::QuantizeOptions;

template <>
inline const Settings settings<QuantizeOptions> = describe<QuantizeOptions>(
    "quantize", "make a model smaller and faster with integers for its weights and activations",
    field("model", &QuantizeOptions::model, "a model file, or name@alias in --registry"),
    field("output", &QuantizeOptions::output, "where the quantised model goes"),
    field("method", &QuantizeOptions::method, "NAME or NAME:SETTING=VALUE,... of `upkeep catalog optimize/quantize`"),
    field("data", &QuantizeOptions::data, "table of rows that calibrate and judge (default: made-up rows, where the method needs any)"),
    field("target", &QuantizeOptions::target, "columns of the table that the model does not read, as they are what it predicts"),
    field("features", &QuantizeOptions::features,
          "columns that it reads; INPUT=COLUMN for a model with several inputs (default: the model's own)"),
    field("ignore", &QuantizeOptions::ignore, "columns to leave out"),
    field("keep_float", &QuantizeOptions::keep_float,
          "layers that stay as they are: names or patterns of nodes or weights, or an operator"),
    field("sensitivity", &QuantizeOptions::sensitivity, "the error of the answers when only one layer is quantised, for each layer"),
    field("least_sqnr", &QuantizeOptions::least_sqnr,
          "signal to noise that the answers must keep; layers go back to floats until they do, the worst first", range(-200, 200), "dB"),
    field("seed", &QuantizeOptions::seed, "of made-up rows (default: drawn, and said)"),
    field("threads", &QuantizeOptions::threads, "of the runtime; 0: one per core", range(0, 1024)),
    field("registry", &QuantizeOptions::registry, "registry folder, for name@alias"));

}  // namespace upkeep

namespace upkeep::commands {

namespace {

constexpr std::int64_t kMadeUpRows = 256;

QuantizeContext context_for(const Model& model, const QuantizeOptions& options, bool needs_rows) {
  QuantizeContext context{.rows = {},
                          .row_numbers = {},
                          .keep_float = options.keep_float,
                          .threads = options.threads,
                          .sensitivity = options.sensitivity,
                          .refuse = {}};
  if (options.least_sqnr)
    context.refuse = [least = *options.least_sqnr](const Model&, const std::map<std::string, double>& sqnr) -> std::optional<std::string> {
      for (const auto& [name, value] : sqnr)
        if (value < least) return upkeep::format("signal to noise of \"{}\" is {:.1f} dB, asked for {:.1f}", name, value, least);
      return std::nullopt;
    };
  if (!options.data.empty()) {
    const Dataset data = load_dataset(
        model, options.data, {.targets = options.target, .features = options.features, .ignore = options.ignore, .no_targets = true});
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

std::string layer_table(const Json& facts) {
  const bool measured = std::ranges::any_of(facts["layers"], [](const Json& one) { return one.contains("sqnr"); });
  std::vector<std::vector<std::string>> rows{{"layer", "operator", "weights", "stays because"}};
  if (measured) rows[0].push_back("dB alone");
  for (const Json& one : facts["layers"]) {
    rows.push_back({one["layer"], one["op"], one["type"], one.value("kept", "")});
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
      output.text(upkeep::format("signal to noise of \"{}\": {:.1f} dB", name, value.get<double>()));
  const std::string integers = listed(facts["integer_operators"]), floats = listed(facts["float_operators"]);
  output.text(upkeep::format("ONNX Runtime runs as integers: {}; in floats: {}; {} conversions between them",
                             integers.empty() ? "nothing" : integers, floats.empty() ? "no layer" : floats, facts["conversions"].dump()));
  if (!facts["fell_back"].empty())
    note(upkeep::format("{} layers have weights of integers and run in floats, slower than before: {}", facts["fell_back"].size(),
                        facts["fell_back"].dump()));
  output.text(upkeep::format("weights {} -> {} bytes, operator set {}, saved {}", facts["weight_bytes_before"].dump(),
                             facts["weight_bytes"].dump(), facts["opset"].dump(), options.output));
}

int run_quantize(const QuantizeOptions& options, const Ordered&, Output& output) {
  const NamedSettings method = parse_named(options.method);
  const bool needs_rows = options.sensitivity || options.least_sqnr || quantization::catalog().at(method.name).needs_rows;
  Model model = open_model(options.model, options.registry);
  const QuantizeContext context = context_for(model, options, needs_rows);
  const Change change = quantize(model, method, context);
  save_model(model, options.output);
  output.result({{"output", options.output}, {"seconds", change.seconds}, {"notes", change.notes}, {"change", change.facts}});
  say(change, options, output);
  return 0;
}

}  // namespace

void add_quantize(CommandCatalog& catalog) {
  catalog.add(entry<QuantizeOptions>(
      "optimise", {"model", "output"}, {"model", "output"},
      {"upkeep quantize in.onnx out.onnx --method static --data d.npz --target y", "upkeep quantize in.onnx out.onnx --method dynamic",
       "upkeep quantize in.onnx out.onnx --method static:calibrator=entropy --data d.csv --keep-float dense_3"},
      run_quantize));
}

}  // namespace upkeep::commands
