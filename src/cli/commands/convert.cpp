// upkeep convert: from one file format to another, by extension or name, with the graph rewritten on the way, and proof that the answers
// are the same.

#include <charconv>

#include "base/format.hpp"
#include "cli/acceptance.hpp"
#include "cli/commands/command.hpp"
#include "cli/models.hpp"
#include "cli/table.hpp"
#include "convert/formats/format.hpp"
#include "convert/verified.hpp"
#include "layers/view/stateful.hpp"
#include "optimize/rewrites/rewrite.hpp"

namespace upkeep::commands {

struct ConvertOptions : AcceptanceRequest {
  std::string model;
  std::string output;
  std::string as;
  std::string weights;
  std::string verify = "random";
  std::vector<std::string> tolerance;
  std::optional<std::int64_t> rows;
  std::int64_t seed = 0;
  bool states = false;
  std::string registry;
};

}  // namespace upkeep::commands

namespace upkeep {

using commands::ConvertOptions;

template <>
inline const Settings settings<ConvertOptions> = with_acceptance<ConvertOptions>(describe<ConvertOptions>(
    "convert", "write a model in another format, and prove that its answers are the same",
    field("model", &ConvertOptions::model, "a model file, an architecture, or name@alias in --registry"),
    field("output", &ConvertOptions::output, "the new file; its extension says the format (`upkeep catalog formats`)"),
    field("as", &ConvertOptions::as, "NAME or NAME:SETTING=VALUE,... of `upkeep catalog convert/formats`, in place of the extension"),
    field("weights", &ConvertOptions::weights, "take the weights of this file instead: .npz, .safetensors, and Keras's weights alone"),
    field(
        "states", &ConvertOptions::states,
        "make the states of Keras's stateful layers inputs and outputs: LAYER_state_0, ...; outputs behind the model's own, in that order"),
    field(
        "verify", &ConvertOptions::verify,
        "compare the answers on `random` rows, on a table's rows, or `none`; random:INPUT=1x3x320x320,... says sizes that the model leaves "
        "open, by an input's name or position"),
    field("tolerance", &ConvertOptions::tolerance,
          "largest difference, relative to the larger of both values and the output's root mean square; beyond it the conversion fails and "
          "leaves no file. NUMBER for all outputs, OUTPUT=NUMBER for one, with commas. Without it: 1e-5, or for float16 1e-2 and bfloat16 "
          "8e-2. Unless it is 0, differences below float32's step beside 1 (1.2e-7) do not count"),
    field("rows", &ConvertOptions::rows, "random rows to compare on; without it 64, fewer where rows are large", range(1, 1e6)),
    field("seed", &ConvertOptions::seed, "of the random rows"),
    field("registry", &ConvertOptions::registry, "registry folder, for name@alias")));

}  // namespace upkeep

namespace upkeep::commands {

namespace {

bool on_random_rows(const ConvertOptions& options) { return options.verify == "random" || options.verify.starts_with("random:"); }

constexpr const char* kAllowance = "--tolerance NUMBER allows for as much, --verify none writes it without the proof";
constexpr const char* kWayOut = "--verify random:INPUT=1x3x320x320 gives others, --verify TABLE compares on rows of your own";

NamedSettings parse_format(const ConvertOptions& options) { return options.as.empty() ? NamedSettings() : parse_named(options.as); }

double bound_in(const std::string& text) {
  double bound = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bound);
  if (error == std::errc() && end == text.data() + text.size() && bound >= 0 && bound <= 1) return bound;
  throw Error(ErrorCode::kInvalidArgument, upkeep::format("--tolerance {} is not a number in [0, 1]", text),
              "NUMBER for all outputs, OUTPUT=NUMBER for one");
}

Tolerance tolerance_of(const ConvertOptions& options) {
  Tolerance tolerance;
  for (const std::string& text : options.tolerance) {
    const std::size_t equals = text.rfind('=');
    if (equals == std::string::npos) tolerance.all = bound_in(text);
    else tolerance.of_outputs[text.substr(0, equals)] = bound_in(text.substr(equals + 1));
  }
  return tolerance;
}

// The model is read for a table in the sizes that the rewritten one takes too.
Verification verification_of(const Model& model, const Model& rewritten, const ConvertOptions& options) {
  Verification how{.rows = options.rows,
                   .seed = static_cast<std::uint64_t>(options.seed),
                   .tolerance = tolerance_of(options),
                   .way_out = kWayOut,
                   .allowance = kAllowance};
  if (on_random_rows(options)) how.sizes = in_context("--verify", [&] { return parse_named(options.verify).values; });
  else how.inputs = load_dataset(asked_of_both(model, rewritten), options.verify, {.no_targets = true}).inputs;
  return how;
}

std::string proof_of(const Comparison& comparison) {
  if (comparison.outputs.size() == 1)
    return upkeep::format("answers on {} rows differ by at most {:.3g} absolute, {:.3g} relative, {:g} ulp", comparison.rows,
                          comparison.largest_absolute(), comparison.largest_relative(), comparison.largest_ulp());
  std::vector<std::vector<std::string>> rows{{"output", "absolute", "relative", "ulp"}};
  for (const OutputComparison& one : comparison.outputs)
    rows.push_back({one.output, number(one.largest_absolute), number(one.largest_relative), upkeep::format("{:g}", one.largest_ulp)});
  return upkeep::format("largest differences of the answers on {} rows:\n{}", comparison.rows, text_table(rows));
}

// In the order given. Notes go to the output, facts to the document.
Model rewrite_all(Model model, const Ordered& steps, Json& document, Output& output) {
  for (const auto& [flag, step] : steps) {
    if (flag != "rewrite") continue;
    const Change change = rewrite(model, parse_named(step));
    document["rewrites"].push_back(change.facts);
    for (const std::string& note : change.notes) output.text(note);
  }
  return model;
}

// MyLayer=FILE.onnx: what each names.
layers::StandIns stand_ins_of(const Ordered& steps) {
  layers::StandIns made;
  for (const auto& [flag, value] : steps) {
    if (flag != "map") continue;
    const std::size_t equals = value.find('=');
    if (equals == 0 || equals == std::string::npos || equals + 1 == value.size())
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("--map is LAYER=FILE.onnx, got \"{}\"", value));
    const std::string file = value.substr(equals + 1);
    layers::OnnxGraph graph = in_context(file, [&] { return layers::onnx_graph_of(load_model(file)); });
    made.insert_or_assign(value.substr(0, equals), std::move(graph));
  }
  return made;
}

int run_convert(const ConvertOptions& options, const Ordered& steps, Output& output) {
  Model model = open_model(options.model, options.registry, 0, stand_ins_of(steps));
  if (!options.weights.empty()) model = with_weights(model, options.weights);
  if (options.states) model = layers::states_as_values(with_layers(model));
  Json document = {{"output", options.output}};
  const Acceptance acceptance(options, model);
  Model rewritten = rewrite_all(model, steps, document, output);
  if (!acceptance.accepts(rewritten, "convert", document, output)) return kRefusedExit;
  std::string said = "answers not compared";
  if (options.verify == "none") {
    save_model(rewritten, options.output, parse_format(options));
  } else {
    const Verified verified =
        save_verified(model, rewritten, options.output, parse_format(options), verification_of(model, rewritten, options));
    if (verified.comparison) {
      document["comparison"] = to_json(*verified.comparison);
      said = proof_of(*verified.comparison);
    } else {
      said += ": nothing is here that runs it (a C++ compiler)";
    }
    if (!verified.made_up_sizes.empty()) {
      document["made_up_sizes"] = verified.made_up_sizes;
      said += upkeep::format(" (made-up sizes: {}; {})", verified.made_up_sizes, kWayOut);
    }
  }
  output.result(document);
  output.text(upkeep::format("saved {}; {}", options.output, said));
  return 0;
}

std::vector<ExtraOption> repeated_flags() {
  return {
      {"map", "LAYER=FILE.onnx: this graph, with its weights, in place of Keras's layers of this name or class; may stand several times"},
      {"rewrite", "NAME or NAME:SETTING=VALUE,... of `upkeep catalog optimize/rewrites`; may stand several times and keeps its order"}};
}

}  // namespace

void add_convert(CommandCatalog& catalog) {
  CommandEntry made = entry<ConvertOptions>(
      "convert", {"model", "output"}, {"model", "output"},
      {"upkeep convert model.h5 model.onnx", "upkeep convert model.onnx model.h5 --verify test.csv --tolerance 1e-6",
       "upkeep convert net.yaml model.onnx --weights weights.npz", "upkeep convert model.keras model.onnx --map MyLayer=my_layer.onnx",
       "upkeep convert stateful.keras model.onnx --states",
       "upkeep convert in.onnx out.onnx --rewrite channels --rewrite fold-constants --as onnx:opset=13,ir_version=8,external_data=true"},
      run_convert);
  made.extra_options = repeated_flags;
  catalog.add(std::move(made));
}

}  // namespace upkeep::commands
