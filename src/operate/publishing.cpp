#include "operate/publishing.hpp"

#include "base/format.hpp"
#include "base/progress.hpp"
#include "maintain/monitor/feature_drift.hpp"
#include "maintain/reference.hpp"
#include "optimize/acceptance.hpp"
#include "train/known_signature.hpp"
#include "train/samples.hpp"

namespace upkeep::operate {

// What the file itself says of how it was made.
static Json facts_for_history(const Model& model) {
  Json facts = Json::object();
  std::int64_t parameters = 0;
  for (const auto& [name, tensor] : model.graph.initializers)
    if (tensor.dtype() == DType::kFloat32) parameters += tensor.size();
  facts["parameters"] = parameters;
  if (const auto compile = compile_of(model)) facts["compile"] = upkeep::to_json(*compile);
  facts["signature"] = upkeep::to_json(known_signature(model));
  if (std::optional<Json> record = acceptance_record(model)) facts["acceptance"] = std::move(*record);
  return facts;
}

namespace {

struct Prepared {
  Model model;
  std::optional<Table> reference;
  Json facts;
};

// What can be refused before a registry is touched.
Prepared prepared(Model model, const Publication& what) {
  std::optional<Table> reference;
  if (!what.reference.empty()) reference = load_table(what.reference);
  if (reference && !in_context(what.reference.string(), [&] { return complete_signature(model, *reference, {kPopulationColumn}); }))
    note(upkeep::format("which columns of {} feed the model is not known: `upkeep sign` tells it", what.reference.string()));
  if (reference) reference = samples_of(model, *reference);
  Json facts = facts_for_history(model);
  return {std::move(model), std::move(reference), std::move(facts)};
}

ModelVersion publish_prepared(upkeep::Registry& registry, Prepared made, const Publication& what) {
  if (made.reference) made.facts["reference"] = keep_reference(made.model, *made.reference, registry);
  Attribution change = what.change;
  if (made.facts.contains("acceptance")) change.evidence["acceptance"] = made.facts["acceptance"];
  const ModelVersion version = registry.publish(what.name, made.model, what.description, made.facts, change);
  if (!what.alias.empty()) registry.promote(what.name, version.version, what.alias, what.change);
  return registry.version(what.name, version.version);
}

}  // namespace

ModelVersion publish_model(upkeep::Registry& registry, Model model, const Publication& what) {
  return publish_prepared(registry, prepared(std::move(model), what), what);
}

ModelVersion publish_model(const RegistryAddress& address, Model model, const Publication& what) {
  Prepared made = prepared(std::move(model), what);
  upkeep::Registry registry(address);
  return publish_prepared(registry, std::move(made), what);
}

}  // namespace upkeep::operate
