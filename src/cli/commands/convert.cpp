// upkeep convert: from one file format to another, by extension or name, with the graph rewritten on the way, and proof that the answers
// are the same.

#include <charconv>

#include "base/format.hpp"
#include "cli/acceptance.hpp"
#include "cli/commands/command.hpp"
#include "cli/models.hpp"
#include "cli/table.hpp"
#include "convert/compare_inside.hpp"
#include "convert/formats/format.hpp"
#include "convert/random_inputs.hpp"
#include "layers/stateful.hpp"
#include "optimize/rewrites/fixed_sizes.hpp"
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

// Inputs of the model, of sizes that suit the rewritten one too.
Model asked_of_both(Model model, const Model& rewritten) {
  for (ValueInfo& input : model.graph.inputs) {
    const ValueInfo* other = rewritten.graph.input(input.name);
    if (!other || !other->type.shape || !input.type.shape || other->type.shape->size() != input.type.shape->size()) continue;
    for (std::size_t i = 0; i < input.type.shape->size(); ++i)
      if (!(*input.type.shape)[i].known()) (*input.type.shape)[i] = (*other->type.shape)[i];
  }
  return model;
}

bool on_random_rows(const ConvertOptions& options) { return options.verify == "random" || options.verify.starts_with("random:"); }

// What to do where made-up inputs prove nothing.
std::string way_out(const std::string& sizes) {
  return sizes.empty() ? "--verify TABLE compares on rows of your own"
                       : upkeep::format(
                             "made-up sizes: {}; --verify random:INPUT=1x3x320x320 gives others, --verify TABLE compares on rows "
                             "of your own",
                             sizes);
}

// The model with the sizes that are known of its inputs: its own, the rewritten one's, those that the user gives.
Model asked_model(const Model& model, const Model& rewritten, const ConvertOptions& options) {
  Model asked = asked_of_both(model, rewritten);
  if (on_random_rows(options))
    in_context("--verify",
               [&] { rewrites::fix_sizes(asked.graph, rewrites::input_sizes(asked.graph, parse_named(options.verify).values)); });
  return asked;
}

Tensors inputs_for(const Model& asked, const ConvertOptions& options) {
  if (!on_random_rows(options)) return load_dataset(asked, options.verify, {.no_targets = true}).inputs;
  const auto seed = static_cast<std::uint64_t>(options.seed);
  const Tensors small = random_inputs(asked, options.rows.value_or(enough_rows(asked)), seed);
  if (made_up_sizes(asked, small).empty()) return small;
  try {
    return run_on_made_up(asked, Session(asked), options.rows, seed).inputs;
  } catch (const Error& error) {
    throw Error(error.code(), error.message(), error.hint() + (error.hint().empty() ? "" : "; ") + way_out(made_up_sizes(asked, small)));
  }
}

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

// Proves one conversion: what was asked, and on which inputs.
class Proof {
 public:
  Proof(const Model& model, const Model& rewritten, const ConvertOptions& options)
      : model_(model),
        rewritten_(rewritten),
        options_(options),
        tolerance_(tolerance_of(options)),
        expected_(expected_difference(model, rewritten)) {
    const Model asked = asked_model(model, rewritten, options);
    inputs_ = inputs_for(asked, options);
    if (on_random_rows(options)) made_up_ = made_up_sizes(asked, inputs_);
  }

  const std::string& made_up() const { return made_up_; }

  // What was written is read again, or run as it is. nullopt where nothing can run it.
  std::optional<Comparison> of(const std::filesystem::path& file) const {
    const formats::FormatEntry& format = format_to_write(file, parse_format(options_));
    if (format.run) {
      std::optional<Comparison> comparison;
      if (const auto answers = format.run(file, rewritten_, inputs_)) comparison = compare(model_, *answers, inputs_);
      if (comparison) expect_close(*comparison, [](double) { return std::string(); });
      return comparison;
    }
    Model result = format.load ? load_model(file) : with_weights(model_, file);
    share_equal_weights(result);
    Comparison comparison = compare(model_, result, inputs_);
    expect_close(comparison, [&](double bound) { return "; " + to_text(compare_inside(model_, result, inputs_, bound)); });
    return comparison;
  }

 private:
  // Says by how much, and where inside the models part.
  template <typename Text>
  void expect_close(const Comparison& comparison, Text&& inside) const {
    const std::vector<OutputComparison> worse = beyond(comparison, tolerance_, expected_);
    if (worse.empty()) return;
    const OutputComparison& worst = worse.front();
    const double bound = tolerance_.of(worst.output).value_or(expected_);
    throw Error(ErrorCode::kFailedPrecondition,
                upkeep::format("the answers differ by {:.3g} (relative, {:.3g} absolute) at output \"{}\", row {}{}",
                               worst.largest_relative, worst.largest_absolute, worst.output, worst.row, inside(bound)),
                upkeep::format("--tolerance is {:g}; nothing was written{}{}", bound, made_up_.empty() ? "" : "; ",
                               made_up_.empty() ? "" : way_out(made_up_)))
        .in(options_.output);
  }

  // Weights that are the same as the source's are kept once.
  void share_equal_weights(Model& result) const {
    for (auto& [name, tensor] : result.graph.initializers)
      if (const Tensor* same = model_.graph.initializer(name); same && *same == tensor) tensor = *same;
  }

  const Model& model_;
  const Model& rewritten_;
  const ConvertOptions& options_;
  Tolerance tolerance_;
  double expected_;
  Tensors inputs_;
  std::string made_up_;
};

// The result is written beside the wanted file and compared; only then does it take the name.
std::optional<Comparison> verified_save(const Proof& proof, const Model& rewritten, const ConvertOptions& options) {
  StagedModel staged(rewritten, options.output, parse_format(options));
  std::optional<Comparison> comparison;
  try {
    comparison = proof.of(staged.path());
  } catch (const Error& error) {
    throw staged.of_file(error);
  }
  staged.publish();
  return comparison;
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
    const Proof proof(model, rewritten, options);
    if (const std::optional<Comparison> comparison = verified_save(proof, rewritten, options)) {
      document["comparison"] = to_json(*comparison);
      said = proof_of(*comparison);
    } else {
      said += ": nothing is here that runs it (a C++ compiler)";
    }
    if (!proof.made_up().empty()) {
      document["made_up_sizes"] = proof.made_up();
      said += upkeep::format(" ({})", way_out(proof.made_up()));
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
