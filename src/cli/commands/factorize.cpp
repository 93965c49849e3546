// upkeep factorize: takes layers apart into two with fewer weights. How comes from the room optimize/factorize.

#include "optimize/factorize/factorize.hpp"
#include "base/format.hpp"
#include "cli/acceptance.hpp"
#include "cli/commands/command.hpp"
#include "cli/models.hpp"
#include "cli/table.hpp"
#include "convert/formats/format.hpp"

namespace upkeep::commands {

struct FactorizeOptions : AcceptanceRequest {
  std::string model;
  std::string output;
  std::string method = "svd";
  std::string registry;
};

}  // namespace upkeep::commands

namespace upkeep {

using commands::FactorizeOptions;

template <>
inline const Settings settings<FactorizeOptions> = with_acceptance<FactorizeOptions>(describe<FactorizeOptions>(
    "factorize", "take dense and convolution layers apart into two with fewer weights",
    field("model", &FactorizeOptions::model, "a model file, or name@alias in --registry"),
    field("output", &FactorizeOptions::output, "where the factorised model goes"),
    field("method", &FactorizeOptions::method, "NAME or NAME:SETTING=VALUE,... of `upkeep catalog optimize/factorize`"),
    field("registry", &FactorizeOptions::registry, "registry folder, for name@alias")));

}  // namespace upkeep

namespace upkeep::commands {

static std::string layer_table(const Json& facts) {
  std::vector<std::vector<std::string>> rows{{"layer", "weights before", "weights", "rank", "error", ""}};
  for (const Json& one : facts["layers"]) {
    const auto cell = [&](const char* key) { return one.contains(key) ? one[key].dump() : ""; };
    const bool split = one["kept"].is_null();
    rows.push_back({one["name"].get<std::string>(), cell("parameters_before"), cell("parameters"), split ? cell("rank") : "",
                    split ? number(one["error"].get<double>()) : "", split ? "" : "stays: " + one["kept"].get<std::string>()});
  }
  return text_table(rows);
}

static int run_factorize(const FactorizeOptions& options, const Ordered&, Output& output) {
  const NamedSettings method = parse_named(options.method);
  const Model before = open_model(options.model, options.registry);
  const Acceptance acceptance(options, before);
  Model made = before;
  Change change = factorize(made, method);
  Json document = {{"output", options.output}};
  if (acceptance.asked()) {
    const auto without = [&](const std::vector<std::string>& layers) {
      Model candidate = before;
      change = factorize(candidate, method, layers);
      return candidate;
    };
    Accepted accepted = accept_with_reverts(acceptance.judge(), without, factorized_layers(change));
    if (!acceptance.accepts(accepted, change.pass, document, output)) return kRefusedExit;
    change = factorize(made = before, method, accepted.verdict.reverted);
    made = std::move(accepted.model);
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
  catalog.add(
      entry<FactorizeOptions>("optimise", {"model", "output"}, {"model", "output"},
                              {"upkeep factorize in.onnx out.onnx --method svd:energy=0.95",
                               "upkeep factorize in.onnx out.onnx --method svd:energy=0.9 --data held_out.csv --accept accuracy:-0.01"},
                              run_factorize));
}

}  // namespace upkeep::commands
