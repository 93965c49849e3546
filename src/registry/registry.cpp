#include "registry/registry.hpp"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <map>

#include "base/files.hpp"
#include "base/format.hpp"
#include "base/names.hpp"
#include "graph/onnx.hpp"
#include "registry/blobs.hpp"
#include "registry/name.hpp"
#include "registry/store.hpp"
#include "runtime/plain_form.hpp"

namespace upkeep {

namespace fs = std::filesystem;

struct Registry::State {
  State(const fs::path& at, const Clock& clock_in)
      : folder(at), clock(clock_in), blobs(at / "blobs" / "sha256"), store(made(at) / "registry.sqlite3") {}

  static const fs::path& made(const fs::path& folder) {
    in_context(upkeep::format("registry \"{}\"", folder.string()), [&] { make_durable_folder(folder); });
    return folder;
  }

  // Held while an artefact and its row are written: whoever holds it knows that no other process is in the middle of that.
  fs::path lock_file() const { return folder / "lock"; }

  fs::path folder;
  const Clock& clock;
  Blobs blobs;
  RegistryStore store;
};

static bool moves_alias(const Event& event) { return !event.alias.empty() && (event.kind == "promoted" || event.kind == "rolled_back"); }

// The versions an alias has pointed at, oldest first, the last one now: a promotion puts one on top, a rollback takes one off.
static std::vector<std::int64_t> fold(const std::vector<Event>& events) {
  std::vector<std::int64_t> stack;
  for (const Event& event : events) {
    if (event.kind == "promoted" && event.to) stack.push_back(*event.to);
    else if (event.kind == "rolled_back" && !stack.empty()) stack.pop_back();
  }
  return stack;
}

static Attribution with_actor(Attribution change) {
  if (change.actor.empty()) change.actor = default_actor();
  return change;
}

Registry::Registry(const fs::path& folder, const Clock& clock) : state_(std::make_unique<State>(folder, clock)) {
  // When somebody is publishing, what looks left behind may be theirs; the next one to open it sweeps.
  if (const auto lock = FileLock::try_lock(state_->lock_file())) {
    state_->blobs.sweep(state_->store.artifacts());
    sweep_temporaries(folder);
    state_->store.clear_stale_journal();
  }
}

bool Registry::is_in(const fs::path& folder) { return fs::exists(folder / "registry.sqlite3"); }

Registry Registry::existing(const fs::path& folder, const Clock& clock) {
  if (!is_in(folder))
    throw Error(ErrorCode::kNotFound, upkeep::format("no registry in {}", folder.string()), "upkeep registry publish makes one");
  return Registry(folder, clock);
}

Registry::~Registry() = default;
Registry::Registry(Registry&&) noexcept = default;
Registry& Registry::operator=(Registry&&) noexcept = default;

ModelVersion Registry::publish(const std::string& name, const Model& model, const std::string& description, const Json& facts,
                               const Attribution& change) {
  const RegistryName checked("model", name);
  const std::string bytes = model_to_bytes(model);
  const Attribution who = with_actor(change);
  const FileLock lock(state_->lock_file());
  ModelVersion made{.model = name,
                    .artifact = state_->blobs.put(bytes),
                    .size_bytes = static_cast<std::int64_t>(bytes.size()),
                    .created = state_->clock.now(),
                    .actor = who.actor,
                    .description = description,
                    .facts = facts};
  RegistryStore::Transaction transaction(state_->store);
  const std::vector<ModelVersion> before = state_->store.versions(name);
  for (const ModelVersion& known : before)
    if (known.artifact == made.artifact) return version(name, known.version);
  made.version = static_cast<std::int64_t>(before.size()) + 1;
  state_->store.insert(made);
  state_->store.append({.time = made.created,
                        .kind = "published",
                        .model = name,
                        .to = made.version,
                        .actor = who.actor,
                        .reason = who.reason,
                        .evidence = who.evidence});
  transaction.commit();
  return made;
}

std::optional<Event> Registry::promote(const std::string& name, std::int64_t number, const std::string& alias, const Attribution& change) {
  const RegistryName checked("alias", alias);
  const Attribution who = with_actor(change);
  RegistryStore::Transaction transaction(state_->store);
  version(name, number);
  const std::vector<std::int64_t> stack = fold(state_->store.events(name, alias));
  if (!stack.empty() && stack.back() == number) return std::nullopt;
  Event event{.time = state_->clock.now(),
              .kind = "promoted",
              .model = name,
              .alias = alias,
              .to = number,
              .actor = who.actor,
              .reason = who.reason,
              .evidence = who.evidence};
  if (!stack.empty()) event.from = stack.back();
  event.id = state_->store.append(event);
  transaction.commit();
  return event;
}

Event Registry::rollback(const std::string& name, const std::string& alias, const Attribution& change) {
  const RegistryName checked("alias", alias);
  const Attribution who = with_actor(change);
  RegistryStore::Transaction transaction(state_->store);
  versions(name);
  const std::vector<std::int64_t> stack = fold(state_->store.events(name, alias));
  if (stack.size() < 2)
    throw Error(
        ErrorCode::kFailedPrecondition,
        upkeep::format("\"{}@{}\" cannot be rolled back: {}", name, alias,
                       stack.empty() ? "no such alias" : upkeep::format("it pointed at nothing before version {}", stack.back())),
        stack.empty() ? upkeep::format("promote a version first: {}:VERSION --alias {}", name, alias) : "promote another version instead");
  Event event{.time = state_->clock.now(),
              .kind = "rolled_back",
              .model = name,
              .alias = alias,
              .from = stack.back(),
              .to = stack[stack.size() - 2],
              .actor = who.actor,
              .reason = who.reason,
              .evidence = who.evidence};
  event.id = state_->store.append(event);
  transaction.commit();
  return event;
}

Event Registry::record(const std::string& kind, const std::string& name, const Attribution& change) {
  const RegistryName checked("model", name), word("event", kind);
  if (kind == "published" || kind == "promoted" || kind == "rolled_back")
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("an event \"{}\" is written by the change itself, not recorded", kind));
  const Attribution who = with_actor(change);
  Event event{.time = state_->clock.now(), .kind = kind, .model = name, .actor = who.actor, .reason = who.reason, .evidence = who.evidence};
  RegistryStore::Transaction transaction(state_->store);
  event.id = state_->store.append(event);
  transaction.commit();
  return event;
}

std::vector<std::string> Registry::models() const { return state_->store.models(); }

std::vector<ModelVersion> Registry::versions(const std::string& name) const {
  std::vector<ModelVersion> found = state_->store.versions(name);
  if (found.empty())
    throw unknown_name("model", name, models(), ErrorCode::kNotFound).in(upkeep::format("registry \"{}\"", state_->folder.string()));
  std::map<std::string, std::vector<Event>> by_alias;
  for (Event& event : state_->store.events(name))
    if (moves_alias(event)) by_alias[event.alias].push_back(std::move(event));
  for (const auto& [alias, events] : by_alias) {
    const std::vector<std::int64_t> stack = fold(events);
    if (!stack.empty() && stack.back() <= static_cast<std::int64_t>(found.size()))
      found[static_cast<std::size_t>(stack.back()) - 1].aliases.push_back(alias);
  }
  return found;
}

ModelVersion Registry::version(const std::string& name, std::int64_t number) const {
  const std::vector<ModelVersion> all = versions(name);
  for (const ModelVersion& one : all)
    if (one.version == number) return one;
  throw Error(ErrorCode::kNotFound, upkeep::format("model \"{}\" has no version {}", name, number),
              upkeep::format("versions are 1 to {}", all.back().version));
}

ModelVersion Registry::resolve(const std::string& reference) const {
  const auto parts = parse_reference(reference);
  if (!parts)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("\"{}\" names no model of a registry", reference),
                "write NAME, NAME:VERSION or NAME@ALIAS");
  if (parts->version) return version(parts->model, *parts->version);
  const std::vector<ModelVersion> all = versions(parts->model);
  if (parts->alias.empty()) return all.back();
  std::vector<std::string> known;
  for (const ModelVersion& one : all) {
    if (std::ranges::find(one.aliases, parts->alias) != one.aliases.end()) return one;
    known.insert(known.end(), one.aliases.begin(), one.aliases.end());
  }
  throw unknown_name(upkeep::format("alias of model \"{}\":", parts->model), parts->alias, known, ErrorCode::kNotFound);
}

std::optional<std::int64_t> Registry::alias(const std::string& name, const std::string& alias) const {
  return alias_at(name, alias, TimePoint::max());
}

std::optional<std::int64_t> Registry::alias_at(const std::string& name, const std::string& alias, TimePoint time) const {
  std::vector<Event> events = state_->store.events(name, alias);
  std::erase_if(events, [&](const Event& event) { return event.time > time; });
  const std::vector<std::int64_t> stack = fold(events);
  return stack.empty() ? std::nullopt : std::optional(stack.back());
}

std::vector<Event> Registry::history(const std::string& name) const {
  if (!name.empty() && state_->store.versions(name).empty()) versions(name);  // throws, with the names there are
  return state_->store.events(name);
}

std::int64_t Registry::epoch() const { return state_->store.newest_event(); }

Model Registry::load(const ModelVersion& version, const std::function<void()>& before_parsing) const {
  const std::string where = upkeep::format("model \"{}\" version {}", version.model, version.version);
  const std::string bytes = in_context(where, [&] { return state_->blobs.get(version.artifact); });
  if (before_parsing) before_parsing();
  return in_context(where, [&] {
    Model model = model_from_bytes(bytes);
    to_plain_form(model);
    return model;
  });
}

fs::path Registry::artifact_path(const ModelVersion& version) const { return state_->blobs.path(version.artifact); }

std::vector<std::string> Registry::check(const std::string& name) const {
  std::vector<std::string> problems;
  std::int64_t expected = 1;
  for (const ModelVersion& one : state_->store.versions(name)) {
    const std::string where = upkeep::format("model \"{}\" version {}: ", name, one.version);
    if (one.version != expected++) problems.push_back(where + "a version before it is missing");
    const std::string damage = state_->blobs.problem(one.artifact);
    if (!damage.empty()) problems.push_back(where + damage);
    else if (fs::file_size(state_->blobs.path(one.artifact)) != static_cast<std::uintmax_t>(one.size_bytes))
      problems.push_back(where + "the artefact has another size");
  }
  std::int64_t published = 0;
  for (const Event& event : state_->store.events(name)) published += event.kind == "published" ? 1 : 0;
  if (published != expected - 1)
    problems.push_back(upkeep::format("model \"{}\": {} versions, but {} events of publishing", name, expected - 1, published));
  return problems;
}

std::vector<std::string> Registry::verify() const {
  std::vector<std::string> problems;
  try {
    problems = state_->store.problems();
    if (!problems.empty()) return problems;
    for (const std::string& name : models()) std::ranges::copy(check(name), std::back_inserter(problems));
  } catch (const Error& error) {
    problems.emplace_back(error.what());
  }
  return problems;
}

const fs::path& Registry::folder() const { return state_->folder; }
fs::path Registry::log_folder() const { return state_->folder / "log"; }

std::string default_actor() {
  passwd found{};
  passwd* account = nullptr;
  char names[4096];
  getpwuid_r(geteuid(), &found, names, sizeof(names), &account);
  const char* variable = std::getenv("USER");
  const std::string user = account ? account->pw_name : variable ? variable : std::to_string(geteuid());
  char host[256] = "localhost";
  gethostname(host, sizeof(host) - 1);
  return user + "@" + host;
}

}  // namespace upkeep
