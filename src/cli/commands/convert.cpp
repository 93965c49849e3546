// upkeep convert: from one file format to another, by extension, with proof that the answers are the same.

#include "base/files.hpp"
#include "base/format.hpp"
#include "cli/commands/command.hpp"
#include "cli/models.hpp"
#include "convert/compare.hpp"
#include "convert/formats/format.hpp"

namespace upkeep::commands {

struct ConvertOptions {
  std::string model;
  std::string output;
  std::string weights;
  std::string verify = "random";
  double tolerance = 1e-5;
  std::int64_t rows = 64;
  std::int64_t seed = 0;
  std::string registry;
};

}  // namespace upkeep::commands

namespace upkeep {

using commands::ConvertOptions;

template <>
inline const Settings settings<ConvertOptions> = describe<ConvertOptions>(
    "convert", "write a model in another format, and prove that its answers are the same",
    field("model", &ConvertOptions::model, "a model file, an architecture, or name@alias in --registry"),
    field("output", &ConvertOptions::output, "the new file; its extension says the format (`upkeep catalog formats`)"),
    field("weights", &ConvertOptions::weights, "take the weights of this file instead (`upkeep catalog formats`: .npz, .safetensors)"),
    field("verify", &ConvertOptions::verify, "compare the answers on `random` rows, on a table's rows, or `none`"),
    field("tolerance", &ConvertOptions::tolerance, "largest relative difference; beyond it the conversion fails and leaves no file",
          range(0.0, 1.0)),
    field("rows", &ConvertOptions::rows, "random rows to compare on", range(1, 1e6)),
    field("seed", &ConvertOptions::seed, "of the random rows"),
    field("registry", &ConvertOptions::registry, "registry folder, for name@alias"));

}  // namespace upkeep

namespace upkeep::commands {

namespace {

Tensors inputs_for(const Model& model, const ConvertOptions& options) {
  if (options.verify == "random") return random_inputs(model, options.rows, static_cast<std::uint64_t>(options.seed));
  return load_dataset(model, options.verify, {.no_targets = true}).inputs;
}

// What went wrong with the staged file, said of the file that the user named.
Error renamed(const Error& error, const std::string& staged, const std::string& wanted) {
  const auto said = [&](std::string text) {
    for (auto at = text.find(staged); at != std::string::npos; at = text.find(staged, at + wanted.size()))
      text.replace(at, staged.size(), wanted);
    return text;
  };
  Error made(error.code(), said(error.message()), said(error.hint()));
  for (const std::string& frame : error.context()) {
    const std::string text = said(frame);
    if (made.context().empty() || made.context().back() != text) made.in(text);
  }
  return made;
}

// What was written is read again, or run as it is. nullopt where nothing can run it.
std::optional<Comparison> compared(const Model& model, const std::filesystem::path& file, const Tensors& inputs) {
  const formats::FormatEntry& format = format_to_write(file);
  if (format.load) return compare(model, load_model(file), inputs);
  if (format.load_weights) return compare(model, with_weights(model, file), inputs);
  const std::optional<Tensors> answers = format.run(file, model, inputs);
  return answers ? std::optional(compare(model, *answers, inputs)) : std::nullopt;
}

// The result is written beside the wanted file and compared; only then does it take the name.
std::optional<Comparison> verified_save(const Model& model, const ConvertOptions& options) {
  const Tensors inputs = inputs_for(model, options);
  StagedFile staged(options.output);
  std::optional<Comparison> comparison;
  try {
    save_model(model, staged.path());
    comparison = compared(model, staged.path(), inputs);
  } catch (const Error& error) {
    throw renamed(error, staged.path().string(), options.output);
  }
  if (comparison && !(comparison->largest_relative() <= options.tolerance))
    throw Error(ErrorCode::kFailedPrecondition, upkeep::format("the answers differ by {:.3g} (relative)", comparison->largest_relative()),
                upkeep::format("--tolerance is {:g}; nothing was written", options.tolerance))
        .in(options.output);
  staged.publish();
  return comparison;
}

int run_convert(const ConvertOptions& options, const Ordered&, Output& output) {
  Model model = open_model(options.model, options.registry);
  if (!options.weights.empty()) model = with_weights(model, options.weights);
  Json document = {{"output", options.output}};
  std::string proof = "answers not compared";
  if (options.verify == "none") {
    save_model(model, options.output);
  } else if (const std::optional<Comparison> comparison = verified_save(model, options)) {
    document["comparison"] = to_json(*comparison);
    proof = upkeep::format("answers on {} rows differ by at most {:.3g} absolute, {:.3g} relative", comparison->rows,
                           comparison->largest_absolute(), comparison->largest_relative());
  } else {
    proof += ": nothing is here that runs it (a C++ compiler)";
  }
  output.result(document);
  output.text(upkeep::format("saved {}; {}", options.output, proof));
  return 0;
}

}  // namespace

void add_convert(CommandCatalog& catalog) {
  catalog.add(
      entry<ConvertOptions>("convert", {"model", "output"}, {"model", "output"},
                            {"upkeep convert model.h5 model.onnx", "upkeep convert model.onnx model.h5 --verify test.csv --tolerance 1e-6",
                             "upkeep convert net.yaml model.onnx --weights weights.npz"},
                            run_convert));
}

}  // namespace upkeep::commands
