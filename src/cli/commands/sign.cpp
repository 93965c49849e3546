// upkeep sign: writes into a model's file which columns feed it, what it answers and what judges it.

#include <algorithm>
#include <filesystem>

#include "base/files.hpp"
#include "base/format.hpp"
#include "cli/commands/command.hpp"
#include "cli/models.hpp"
#include "cli/signature_text.hpp"
#include "convert/formats/format.hpp"
#include "graph/embedding.hpp"
#include "registry/registry.hpp"
#include "train/known_signature.hpp"
#include "train/predicted_classes.hpp"

namespace upkeep::commands {

struct SignOptions {
  std::string model;
  std::vector<std::string> feature;
  std::vector<std::string> output;
  std::vector<std::string> target;
  std::string signature;
  std::string embedding;
  std::string save;
};

}  // namespace upkeep::commands

namespace upkeep {

using commands::SignOptions;

template <>
inline const Settings settings<SignOptions> = describe<SignOptions>(
    "sign", "say which columns feed a model, what it answers and which columns judge it; the file keeps it",
    field("model", &SignOptions::model, "a model file"),
    field(
        "feature", &SignOptions::feature,
        "the columns that feed the model, in order: COLUMN=number, boolean, text or category:a|b; a ? behind the kind: it may be missing; "
        "INPUT:COLUMN=KIND of a model with several inputs"),
    field("output", &SignOptions::output,
          "what an output answers: NAME=number, tensor, label, classes:a|b, binary:no|yes or binary:no|yes,threshold=0.3 (above it "
          "yes)"),
    field("target", &SignOptions::target, "the columns that the answers are judged by: COLUMN or OUTPUT=COLUMN"),
    field("signature", &SignOptions::signature, "a YAML or JSON file with all of it, as `inspect --json` shows it under \"signature\""),
    field("embedding", &SignOptions::embedding,
          "a value of the graph that becomes the rows' embedding in the log, for inputs too wide to be logged themselves; auto: what the "
          "last "
          "dense layer reads"),
    field("save", &SignOptions::save, "where the signed model goes (default: its own file)"));

}  // namespace upkeep

namespace upkeep::commands {

namespace {

std::string size_text(std::int64_t size) { return size < 0 ? "any number of" : std::to_string(size); }

// What is given for an input or output replaces what was known of it.
Signature given(Signature signature, const SignOptions& options) {
  if (!options.signature.empty()) {
    const Signature whole =
        in_context(options.signature, [&] { return signature_from_json(parse_yaml(read_file(options.signature, std::size_t{16} << 20))); });
    overlay(signature, whole);
  }
  if (!options.feature.empty())
    for (InputSignature& input : signature.inputs) input.features.clear();
  for (const std::string& text : options.feature) add_feature(signature, text);
  for (const std::string& text : options.output) set_answer(signature, text);
  if (!options.target.empty())
    for (OutputSignature& output : signature.outputs) output.targets.clear();
  for (const std::string& text : options.target) add_target(signature, text);
  return signature;
}

// What the graph contradicts would be left out when the file is read.
void check_fits(const Signature& wanted, const Signature& read) {
  for (std::size_t i = 0; i < wanted.inputs.size(); ++i)
    if (const InputSignature& input = wanted.inputs[i]; input.features != read.inputs[i].features)
      throw Error(ErrorCode::kInvalidArgument,
                  upkeep::format("input \"{}\" reads {} numbers a row, and {} features are given", input.name,
                                 size_text(input.dims->back()), input.features.size()),
                  "give one feature for each place of its last axis");
  for (std::size_t i = 0; i < wanted.outputs.size(); ++i)
    if (const OutputSignature& output = wanted.outputs[i]; output.classes != read.outputs[i].classes)
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("output \"{}\" gives {} numbers a row, and {} classes are named", output.name,
                                                              size_text(output.dims->back()), output.classes.size()));
}

void check_names(const std::vector<std::string>& names, const std::string& of) {
  for (auto name = names.begin(); name != names.end(); ++name)
    if (std::find(names.begin(), name, *name) != name)
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("{} names \"{}\" twice", of, *name),
                  "each name stands for one class; the second of two is the yes: binary:no|yes");
}

// One number a row, and a threshold that some answers lie above and others below.
void check_binary(const OutputSignature& output, const Model& model) {
  if (output.dims && output.dims->size() > 1 && output.dims->back() > 1)
    throw Error(ErrorCode::kInvalidArgument,
                upkeep::format("output \"{}\" gives {} numbers a row, and a binary answer is one", output.name, output.dims->back()),
                output.dims->back() == 2 ? upkeep::format("write {}=classes:no|yes: the larger of both counts", output.name)
                                         : upkeep::format("write {}=classes, with a name for each", output.name));
  const std::optional<bool> probabilities = gives_probabilities(model, output.name);
  if (probabilities == true && !(output.threshold > 0 && output.threshold < 1))
    throw Error(ErrorCode::kInvalidArgument,
                upkeep::format("output \"{}\" answers probabilities, and the threshold {} is none that they lie on both sides of",
                               output.name, output.threshold),
                "a number between 0 and 1: binary:threshold=0.3");
  const Signature known = known_signature(model);
  if (const double read = known.output(output.name)->threshold; read != output.threshold)
    throw Error(ErrorCode::kInvalidArgument,
                upkeep::format("output \"{}\" answers logits by its loss, and the threshold {} would be read as {}", output.name,
                               output.threshold, read),
                "the logit of a probability p is log(p / (1 - p)): 0 of 0.5");
}

// What no answer could fit.
void check_answers(const Signature& wanted, const Signature& before, const Model& model) {
  for (const InputSignature& input : wanted.inputs)
    for (const Feature& feature : input.features) check_names(feature.categories, upkeep::format("feature \"{}\"", feature.column));
  for (std::size_t i = 0; i < wanted.outputs.size(); ++i) {
    const OutputSignature& output = wanted.outputs[i];
    check_names(output.classes, upkeep::format("output \"{}\"", output.name));
    const bool stated = output.answer != before.outputs[i].answer || output.threshold != before.outputs[i].threshold;
    if (output.answer == Answer::kBinary && stated) check_binary(output, model);
  }
}

int run_sign(const SignOptions& options, const Ordered&, Output& output) {
  if (options.feature.empty() && options.output.empty() && options.target.empty() && options.signature.empty() && options.embedding.empty())
    throw Error(ErrorCode::kInvalidArgument, "nothing to write", "give --feature, --output, --target, --embedding or --signature");
  if (is_registry_reference(options.model) && !std::filesystem::exists(options.model))
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("{} is a published version, which does not change", options.model),
                "sign the model's file, and publish that");
  Model model = open_model(options.model, "");
  if (!options.embedding.empty()) add_embedding(model, options.embedding == "auto" ? value_before_last_dense(model) : options.embedding);
  const Signature before = known_signature(model);
  const Signature wanted = given(before, options);
  set_signature(model, wanted);
  check_fits(wanted, signature_of(model));
  check_answers(wanted, before, model);
  const std::string file = options.save.empty() ? options.model : options.save;
  save_model(model, file);
  output.result({{"output", file}, {"signature", upkeep::to_json(wanted)}});
  for (const std::string& line : described(wanted)) output.text(line);
  if (const std::string value = embedded_value(model); !value.empty()) output.text(upkeep::format("embeds   {}", value));
  output.text(upkeep::format("saved {}", file));
  return 0;
}

}  // namespace

void add_sign(CommandCatalog& catalog) {
  catalog.add(entry<SignOptions>("deploy", {"model"}, {"model"},
                                 {"upkeep sign model.onnx --feature age=number --feature \"city=category:paris|rome\" --output "
                                  "\"label=classes:no|yes\" --target bought",
                                  "upkeep sign model.onnx --signature signature.yaml --save signed.onnx"},
                                 run_sign));
}

}  // namespace upkeep::commands
