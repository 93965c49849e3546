// upkeep factorize: takes layers apart into two with fewer weights. How comes from the room optimize/factorize.

#include "optimize/factorize/factorize.hpp"
#include "base/format.hpp"
#include "base/names.hpp"
#include "base/progress.hpp"
#include "cli/commands/command.hpp"
#include "cli/models.hpp"
#include "cli/relearning.hpp"
#include "cli/table.hpp"
#include "convert/formats/format.hpp"

namespace upkeep::commands {

struct FactorizeOptions : RelearningRequest {
  std::string model;
  std::string output;
  std::string method = "svd";
  std::int64_t seed = 0;
  std::string registry;
};

}  // namespace upkeep::commands

namespace upkeep {

using commands::FactorizeOptions;

template <>
inline const Settings settings<FactorizeOptions> = with_relearning<FactorizeOptions>(describe<FactorizeOptions>(
    "factorize", "take dense and convolution layers apart into two with fewer weights",
    field("model", &FactorizeOptions::model, "a model file, or name@alias in --registry"),
    field("output", &FactorizeOptions::output, "where the factorised model goes"),
    field("method", &FactorizeOptions::method, "NAME or NAME:SETTING=VALUE,... of `upkeep catalog optimize/factorize`"),
    field("seed", &FactorizeOptions::seed, "of the rows held out and the training", range(0, 1e15)),
    field("registry", &FactorizeOptions::registry, "registry folder, for name@alias")));

}  // namespace upkeep

namespace upkeep::commands {

static std::string ranks_of(const Json& layer) {
  std::vector<std::string> words;
  for (const Json& rank : layer["ranks"]) words.push_back(rank.dump());
  return join(words, " x ");
}

static std::string layer_table(const Json& facts) {
  std::vector<std::vector<std::string>> rows{{"layer", "weights before", "weights", "ranks", "error", ""}};
  for (const Json& one : facts["layers"]) {
    const auto cell = [&](const char* key) { return one.contains(key) ? one[key].dump() : ""; };
    const bool split = one["kept"].is_null();
    rows.push_back({one["name"].get<std::string>(), cell("parameters_before"), cell("parameters"), split ? ranks_of(one) : "",
                    split ? number(one["error"].get<double>()) : "", split ? "" : "stays: " + one["kept"].get<std::string>()});
  }
  return text_table(rows);
}

// With limits and neither an energy nor a rank, the limits say how far it goes.
static bool goes_as_far_as_allowed(const FactorizeOptions& options, const NamedSettings& method) {
  return !options.accept.empty() && !method.values.contains("energy") && !method.values.contains("rank");
}

// What the judge is asked of: by itself, or with the worst layers left as they were.
static Accepted judged(const FactorizeOptions& options, NamedSettings& method, const Model& before, const Relearner& relearner,
                       const Judge& judge, Change& change) {
  const auto learn = [&](const Model& made) { return relearner.learnt(made); };
  if (goes_as_far_as_allowed(options, method)) return factorize_by_limits(judge, before, method, learn, change);
  Model made = before;
  change = factorize(made, method);
  const auto without = [&](const std::vector<std::string>& layers) {
    Model candidate = before;
    factorize(candidate, method, layers);
    return relearner.learnt(candidate);
  };
  Accepted accepted = accept_with_reverts(judge, without, factorized_layers(change));
  if (!accepted.verdict.reverted.empty()) change = factorize(made = before, method, accepted.verdict.reverted);
  return accepted;
}

static int run_factorize(const FactorizeOptions& options, const Ordered&, Output& output) {
  NamedSettings method = parse_named(options.method);
  expect_writable(options.output);
  const Model before = open_model(options.model, options.registry);
  const Relearner relearner(options, before, static_cast<std::uint64_t>(options.seed));
  const Acceptance acceptance = relearner.acceptance();
  Model made = before;
  Change change;
  Json document = {{"output", options.output}};
  if (acceptance.asked()) {
    Accepted accepted = judged(options, method, before, relearner, acceptance.judge(), change);
    for (const std::string& attempt : accepted.verdict.attempts) note(attempt);
    if (!acceptance.accepts(accepted, change.pass, document, output)) return kRefusedExit;
    made = std::move(accepted.model);
  } else {
    change = factorize(made, method);
  }
  save_model(made, options.output);
  document["change"] = change.facts;
  output.result(document);
  output.text(layer_table(change.facts));
  output.text(upkeep::format("{} weights in place of {}, saved {}", change.facts["parameters"].dump(),
                             change.facts["parameters_before"].dump(), options.output));
  return 0;
}

void add_factorize(CommandCatalog& catalog) {
  catalog.add(entry<FactorizeOptions>(
      "optimise", {"model", "output"}, {"model", "output"},
      {"upkeep factorize in.onnx out.onnx --method svd:energy=0.95",
       "upkeep factorize in.onnx out.onnx --method svd:energy=0.9 --data held_out.csv --accept accuracy:-0.01",
       "upkeep factorize in.onnx out.onnx --method tucker --data d.csv --epochs 5 --accept accuracy:-0.01 --accept latency:-20%"},
      run_factorize));
}

}  // namespace upkeep::commands
