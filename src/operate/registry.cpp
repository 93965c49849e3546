// The public registry over the one of registry/.

#include "registry/registry.hpp"

#include "api/parts.hpp"
#include "operate/publishing.hpp"
#include "registry/callers.hpp"
#include "train/known_signature.hpp"
#include "upkeep/registry.hpp"

namespace upkeep::operate {

struct Registry::State {
  upkeep::Registry registry;
};

namespace {

RegistryAddress address_of_place(const RegistryPlace& place) { return {place.registry, place.artifacts}; }

Version value_of(const ModelVersion& version) {
  return {.model = version.model,
          .number = version.version,
          .sha256 = version.artifact,
          .size_bytes = version.size_bytes,
          .created_us = version.created.time_since_epoch().count(),
          .actor = version.actor,
          .description = version.description,
          .facts = version.facts.dump(),
          .aliases = version.aliases};
}

RegistryEvent value_of(const Event& event) {
  return {.id = event.id,
          .time_us = event.time.time_since_epoch().count(),
          .kind = event.kind,
          .model = event.model,
          .alias = event.alias,
          .from = event.from,
          .to = event.to,
          .actor = event.actor,
          .reason = event.reason,
          .evidence = event.evidence.dump()};
}

Attribution attribution_of(const Why& why) { return {.actor = why.actor, .reason = why.reason}; }

}  // namespace

Registry::Registry(std::unique_ptr<State> state) : state_(std::move(state)) {}
Registry::~Registry() = default;
Registry::Registry(Registry&&) noexcept = default;
Registry& Registry::operator=(Registry&&) noexcept = default;

Registry Registry::open(const RegistryPlace& place) { return Registry(std::make_unique<State>(upkeep::Registry(address_of_place(place)))); }

Registry Registry::existing(const RegistryPlace& place) {
  return Registry(std::make_unique<State>(upkeep::Registry::existing(address_of_place(place))));
}

Version Registry::publish(const std::string& name, const api::Model& model, const VersionNotes& notes) {
  return value_of(publish_model(state_->registry, api::ModelParts::graph(model),
                                {.name = name,
                                 .reference = notes.reference,
                                 .alias = notes.alias,
                                 .description = notes.description,
                                 .change = attribution_of(notes.why)}));
}

std::vector<std::string> Registry::breaks(const std::string& name, std::int64_t version, const std::string& alias) const {
  const upkeep::Registry& registry = state_->registry;
  const std::optional<std::int64_t> current = registry.alias(name, alias);
  if (!current) return {};
  return broken_callers(known_signature(registry.load(registry.version(name, *current))),
                        known_signature(registry.load(registry.version(name, version))));
}

bool Registry::promote(const std::string& name, std::int64_t version, const std::string& alias, const Why& why) {
  return state_->registry.promote(name, version, alias, attribution_of(why)).has_value();
}

std::int64_t Registry::rollback(const std::string& name, const std::string& alias, const Why& why) {
  return state_->registry.rollback(name, alias, attribution_of(why), AfterRollback::kHold).to.value_or(0);
}

void Registry::hold(const std::string& name, const std::string& alias, const Why& why) {
  state_->registry.hold(name, alias, attribution_of(why));
}

void Registry::release(const std::string& name, const std::string& alias, const Why& why) {
  state_->registry.release(name, alias, attribution_of(why));
}

void Registry::remove(const std::string& name, std::int64_t version, const Why& why) {
  state_->registry.remove_version(name, version, attribution_of(why));
}

std::vector<std::string> Registry::models() const { return state_->registry.models(); }

std::vector<Version> Registry::versions(const std::string& name) const {
  std::vector<Version> values;
  for (const ModelVersion& version : state_->registry.versions(name)) values.push_back(value_of(version));
  return values;
}

Version Registry::resolve(const std::string& reference) const { return value_of(state_->registry.resolve(reference)); }

api::Model Registry::load(const std::string& reference) const {
  return api::ModelParts::make(state_->registry.load(state_->registry.resolve(reference)));
}

std::vector<RegistryEvent> Registry::history(const std::string& name) const {
  std::vector<RegistryEvent> values;
  for (const Event& event : state_->registry.history(name)) values.push_back(value_of(event));
  return values;
}

std::vector<std::string> Registry::verify() const { return state_->registry.verify(); }
void Registry::export_to(const std::filesystem::path& file) const { state_->registry.export_to(file); }
void Registry::import_from(const std::filesystem::path& file) { state_->registry.import_from(file); }

}  // namespace upkeep::operate
