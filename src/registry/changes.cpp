// What writes to a registry. Each change is one transaction: what it depends on is read in the same one.

#include <algorithm>

#include "base/format.hpp"
#include "base/names.hpp"
#include "graph/onnx.hpp"
#include "registry/name.hpp"
#include "registry/registry_state.hpp"

namespace upkeep {

namespace {

using Transaction = stores::Store::Transaction;

constexpr std::chrono::seconds kOrphanAge = std::chrono::days(1);

Attribution with_actor(Attribution change) {
  if (change.actor.empty()) change.actor = default_actor();
  return change;
}

Event event_of(const char* kind, TimePoint now, const std::string& model, const Attribution& who) {
  return {.time = now, .kind = kind, .model = model, .actor = who.actor, .reason = who.reason, .evidence = who.evidence};
}

std::string target(const std::string& name, const std::string& alias) { return upkeep::format("\"{}@{}\"", name, alias); }

void expect(const MoveConditions& conditions, const ModelState& state, const std::string& name, const std::string& alias) {
  const std::int64_t current = state.current(alias);
  if (conditions.from && *conditions.from != current)
    throw Error(ErrorCode::kFailedPrecondition,
                upkeep::format("{} was moved meanwhile: it points at version {}, not {}", target(name, alias), current, *conditions.from));
  const auto held = state.holds.find(alias);
  if (conditions.respects_hold && held != state.holds.end())
    throw Error(ErrorCode::kFailedPrecondition, upkeep::format("{} is held by {}", target(name, alias), held->second.actor),
                upkeep::format("upkeep registry release {} --alias {}", name, alias));
}

// What is said now and was not before.
Json news(const ModelVersion& known, const std::string& description, const Json& facts) {
  Json said = Json::object();
  if (!description.empty() && description != known.description) said["description"] = description;
  for (const auto& [key, value] : facts.items())
    if (!known.facts.contains(key) || known.facts[key] != value) said["facts"][key] = value;
  return said;
}

}  // namespace

ModelVersion Registry::publish(const std::string& name, const Model& model, const std::string& description, const Json& facts,
                               const Attribution& change) {
  const RegistryName checked("model", name);
  const std::string bytes = model_to_bytes(model);
  const Attribution who = with_actor(change);
  const auto lock = state_->store->publishing();
  ModelVersion made{.model = name,
                    .artifact = state_->artifacts->put(bytes),
                    .size_bytes = static_cast<std::int64_t>(bytes.size()),
                    .created = state_->clock.now(),
                    .actor = who.actor,
                    .description = description,
                    .facts = facts};
  Transaction transaction(*state_->store);
  const std::vector<ModelVersion> before = state_->store->versions(name);
  if (const auto known = std::ranges::find(before, made.artifact, &ModelVersion::artifact); known != before.end()) {
    made = publish_again(*known, description, facts, who);
    transaction.commit();
    return made;
  }
  made.version = static_cast<std::int64_t>(before.size()) + 1;
  state_->store->insert(made);
  Event event = event_of("published", made.created, name, who);
  event.to = made.version;
  state_->store->append(event);
  transaction.commit();
  return made;
}

ModelVersion Registry::publish_again(const ModelVersion& known, const std::string& description, const Json& facts, const Attribution& who) {
  const ModelState state = state_->fold_of(known.model);
  const bool deleted = state.deleted.contains(known.version);
  ModelVersion now = known;
  apply(state, now);
  const Json said = news(now, description, facts);
  if (said.empty() && !deleted) return now;
  Event event = event_of(deleted ? "restored" : "described", state_->clock.now(), known.model, who);
  event.to = known.version;
  event.evidence.update(said);
  state_->store->append(event);
  return version(known.model, known.version);
}

std::optional<Event> Registry::promote(const std::string& name, std::int64_t number, const std::string& alias, const Attribution& change,
                                       const MoveConditions& conditions) {
  const RegistryName checked("alias", alias);
  const Attribution who = with_actor(change);
  Transaction transaction(*state_->store);
  version(name, number);
  const ModelState state = state_->fold_of(name);
  expect(conditions, state, name, alias);
  const std::int64_t current = state.current(alias);
  if (current == number) return std::nullopt;
  Event event = event_of("promoted", state_->clock.now(), name, who);
  event.alias = alias;
  if (current != 0) event.from = current;
  event.to = number;
  event.id = state_->store->append(event);
  transaction.commit();
  return event;
}

Event Registry::rollback(const std::string& name, const std::string& alias, const Attribution& change, AfterRollback after) {
  const RegistryName checked("alias", alias);
  const Attribution who = with_actor(change);
  Transaction transaction(*state_->store);
  versions(name);
  const ModelState state = state_->fold_of(name);
  const auto found = state.aliases.find(alias);
  const std::vector<std::int64_t> stack = found == state.aliases.end() ? std::vector<std::int64_t>() : found->second;
  if (stack.size() < 2)
    throw Error(
        ErrorCode::kFailedPrecondition,
        upkeep::format("{} cannot be rolled back: {}", target(name, alias),
                       stack.empty() ? "no such alias" : upkeep::format("it pointed at nothing before version {}", stack.back())),
        stack.empty() ? upkeep::format("promote a version first: {}:VERSION --alias {}", name, alias) : "promote another version instead");
  Event event = event_of("rolled_back", state_->clock.now(), name, who);
  event.alias = alias;
  event.from = stack.back();
  event.to = stack[stack.size() - 2];
  event.id = state_->store->append(event);
  if (after == AfterRollback::kHold && !state.holds.contains(alias)) {
    Event held = event_of("held", event.time, name, who);
    held.alias = alias;
    state_->store->append(held);
  }
  transaction.commit();
  return event;
}

std::optional<Event> Registry::hold(const std::string& name, const std::string& alias, const Attribution& change) {
  const Attribution who = with_actor(change);
  Transaction transaction(*state_->store);
  resolve(name + "@" + alias);  // throws, with the aliases there are
  if (held(name, alias)) return std::nullopt;
  Event event = event_of("held", state_->clock.now(), name, who);
  event.alias = alias;
  event.id = state_->store->append(event);
  transaction.commit();
  return event;
}

std::optional<Event> Registry::release(const std::string& name, const std::string& alias, const Attribution& change) {
  const Attribution who = with_actor(change);
  Transaction transaction(*state_->store);
  resolve(name + "@" + alias);
  if (!held(name, alias)) return std::nullopt;
  Event event = event_of("released", state_->clock.now(), name, who);
  event.alias = alias;
  event.id = state_->store->append(event);
  transaction.commit();
  return event;
}

Event Registry::remove_version(const std::string& name, std::int64_t number, const Attribution& change) {
  const Attribution who = with_actor(change);
  Transaction transaction(*state_->store);
  const ModelVersion gone = version(name, number);
  if (!gone.aliases.empty())
    throw Error(ErrorCode::kFailedPrecondition,
                upkeep::format("version {} of model \"{}\" is what {} points at", number, name, join(gone.aliases)),
                upkeep::format("promote another version, or delete the alias first: {}@{}", name, gone.aliases.front()));
  Event event = event_of("deleted", state_->clock.now(), name, who);
  event.to = number;
  event.id = state_->store->append(event);
  transaction.commit();
  return event;
}

Event Registry::remove_alias(const std::string& name, const std::string& alias, const Attribution& change) {
  const Attribution who = with_actor(change);
  Transaction transaction(*state_->store);
  const ModelVersion pointed = resolve(name + "@" + alias);
  Event event = event_of("alias_removed", state_->clock.now(), name, who);
  event.alias = alias;
  event.from = pointed.version;
  event.id = state_->store->append(event);
  transaction.commit();
  return event;
}

Event Registry::record(const std::string& kind, const std::string& name, const Attribution& change) {
  const RegistryName checked("model", name), word("event", kind);
  if (is_reserved_kind(kind))
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("an event \"{}\" is written by the change itself, not recorded", kind));
  Event event = event_of(kind.c_str(), state_->clock.now(), name, with_actor(change));
  Transaction transaction(*state_->store);
  event.id = state_->store->append(event);
  transaction.commit();
  return event;
}

// What versions refer to; of those that were deleted before that time: `gone` takes it.
static std::set<std::string> referred_artifacts(stores::Store& store, TimePoint deleted_before, std::set<std::string>& gone) {
  std::map<std::string, std::vector<Event>> events;
  for (Event& event : store.events({.kinds = {"described", "deleted", "restored"}})) events[event.model].push_back(std::move(event));
  std::set<std::string> referred;
  for (ModelVersion& version : store.versions("")) {
    const ModelState state = fold(events[version.model]);
    const auto deleted = state.deleted.find(version.version);
    std::set<std::string>& into = deleted != state.deleted.end() && deleted->second.time <= deleted_before ? gone : referred;
    for (const std::string& digest : artifacts_of(version)) into.insert(digest);
    apply(state, version);
    for (const std::string& digest : artifacts_of(version)) into.insert(digest);
  }
  std::erase_if(gone, [&](const std::string& digest) { return referred.contains(digest); });
  return referred;
}

std::size_t Registry::State::sweep(std::chrono::seconds grace) const {
  std::set<std::string> gone;
  const std::set<std::string> referred = referred_artifacts(*store, clock.now() - grace, gone);
  std::size_t count = 0;
  for (const std::string& digest : gone) count += artifacts->remove(digest) ? 1 : 0;
  return count + artifacts->sweep(referred, kOrphanAge);
}

std::optional<std::size_t> Registry::collect(std::chrono::seconds grace) {
  const auto lock = state_->store->collecting();
  return lock ? std::optional(state_->sweep(grace)) : std::nullopt;
}

}  // namespace upkeep
