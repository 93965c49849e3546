#include "registry/registry.hpp"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>

#include "base/format.hpp"
#include "base/names.hpp"
#include "base/sha256.hpp"
#include "graph/onnx.hpp"
#include "registry/name.hpp"
#include "registry/registry_state.hpp"
#include "runtime/plain_form.hpp"

namespace upkeep {

namespace fs = std::filesystem;

// Where a registry's artefacts are when nobody says so.
static std::string default_artifacts(stores::Store& store) {
  if (const std::string kept = store.setting("artifacts"); !kept.empty()) return kept;
  if (const auto folder = store.folder()) return (*folder / "blobs").string();
  throw Error(ErrorCode::kInvalidArgument, "it does not say where its artefacts are",
              "give --artifacts DIR or --artifacts s3://BUCKET/PREFIX; a registry keeps what it was made with")
      .in(store.where());
}

Registry::State::State(const RegistryAddress& address, stores::Opening opening, const Clock& clock_in)
    : clock(clock_in), store(stores::store_of(address.registry).open(address.registry, opening)) {
  artifacts = artifacts::open(address.artifacts.empty() ? default_artifacts(*store) : address.artifacts);
  if (opening == stores::Opening::kExisting || address.artifacts.empty() || !store->setting("artifacts").empty()) return;
  stores::Store::Transaction transaction(*store);
  store->set("artifacts", artifacts->address());
  transaction.commit();
}

Registry::Registry(std::unique_ptr<State> state) : state_(std::move(state)) {
  // When somebody is publishing, what looks left behind may be theirs; the next one to open it sweeps.
  if (!state_->artifacts->is_near()) return;
  const auto lock = state_->store->collecting();
  if (!lock) return;
  try {
    state_->sweep(kGrace);
    state_->store->tidy();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kIo) throw;  // what may only be read is read
  }
}

Registry::Registry(const RegistryAddress& address, const Clock& clock)
    : Registry(std::make_unique<State>(address, stores::Opening::kMake, clock)) {}

Registry Registry::existing(const RegistryAddress& address, const Clock& clock) {
  return Registry(std::make_unique<State>(address, stores::Opening::kExisting, clock));
}

bool Registry::is_in(const RegistryAddress& address) { return stores::store_of(address.registry).exists(address.registry); }

Registry::~Registry() = default;
Registry::Registry(Registry&&) noexcept = default;
Registry& Registry::operator=(Registry&&) noexcept = default;

std::vector<std::string> Registry::models() const {
  std::vector<std::string> names = state_->store->models();
  const std::vector<Event> gone = state_->store->events({.kinds = {"deleted"}});
  std::erase_if(names, [&](const std::string& name) {
    return std::ranges::contains(gone, name, &Event::model) && state_->fold_of(name).deleted.size() == state_->store->versions(name).size();
  });
  return names;
}

std::vector<ModelVersion> Registry::versions(const std::string& name) const {
  // Events first: versions that they name are then there, whoever publishes in between.
  const ModelState state = name.empty() ? ModelState() : state_->fold_of(name);
  std::vector<ModelVersion> found = name.empty() ? std::vector<ModelVersion>() : state_->store->versions(name);
  if (found.empty()) throw unknown_name("model", name, models(), ErrorCode::kNotFound).in(state_->store->where());
  std::erase_if(found, [&](const ModelVersion& one) { return state.deleted.contains(one.version); });
  if (found.empty())
    throw Error(ErrorCode::kNotFound, upkeep::format("all versions of model \"{}\" were deleted", name),
                "upkeep registry history tells when and by whom");
  for (ModelVersion& one : found) apply(state, one);
  return found;
}

ModelVersion Registry::version(const std::string& name, std::int64_t number) const {
  const std::vector<ModelVersion> all = versions(name);
  for (const ModelVersion& one : all)
    if (one.version == number) return one;
  const ModelState state = state_->fold_of(name);
  if (const auto gone = state.deleted.find(number); gone != state.deleted.end())
    throw Error(ErrorCode::kNotFound,
                upkeep::format("version {} of model \"{}\" was deleted by {} at {}", number, name, gone->second.actor,
                               to_iso8601(gone->second.time)),
                "publishing the same model again restores it");
  std::vector<std::string> numbers;
  for (const ModelVersion& one : all) numbers.push_back(std::to_string(one.version));
  const bool gapless = static_cast<std::int64_t>(all.size()) == all.back().version;
  throw Error(ErrorCode::kNotFound, upkeep::format("model \"{}\" has no version {}", name, number),
              gapless ? upkeep::format("versions are 1 to {}", all.back().version) : "versions are " + join(numbers));
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
    if (std::ranges::contains(one.aliases, parts->alias)) return one;
    known.insert(known.end(), one.aliases.begin(), one.aliases.end());
  }
  throw unknown_name(upkeep::format("alias of model \"{}\":", parts->model), parts->alias, known, ErrorCode::kNotFound);
}

// A version that an alias points at cannot be deleted, so the last move tells.
std::optional<std::int64_t> Registry::alias(const std::string& name, const std::string& alias) const {
  const std::vector<Event> moves = state_->store->events({.model = name, .alias = alias, .kinds = kMovesOfAlias, .newest = true});
  return moves.empty() ? std::nullopt : moves.front().to;
}

std::optional<std::int64_t> Registry::alias_at(const std::string& name, const std::string& alias, TimePoint time) const {
  std::vector<Event> moves = state_->store->events({.model = name, .alias = alias, .kinds = kMovesOfAlias});
  std::erase_if(moves, [&](const Event& event) { return event.time > time; });
  return moves.empty() ? std::nullopt : moves.back().to;
}

std::optional<Event> Registry::held(const std::string& name, const std::string& alias) const {
  const ModelState state = fold(state_->store->events({.model = name, .alias = alias, .kinds = {"held", "released", "alias_removed"}}));
  const auto found = state.holds.find(alias);
  return found == state.holds.end() ? std::nullopt : std::optional(found->second);
}

std::vector<Event> Registry::history(const std::string& name) const {
  if (!name.empty() && state_->store->versions(name).empty()) versions(name);  // throws, with the names there are
  return state_->store->events({.model = name});
}

std::int64_t Registry::epoch() const { return state_->store->newest_event(); }
std::string Registry::state() const { return state_->store->state(); }
bool Registry::wait_for_change(std::chrono::milliseconds at_most) const { return state_->store->wait_for_change(at_most); }

Model Registry::load(const ModelVersion& version, const std::function<void()>& before_parsing) const {
  const std::string where = upkeep::format("model \"{}\" version {}", version.model, version.version);
  const std::string bytes = in_context(where, [&] { return artifact(version.artifact); });
  if (before_parsing) before_parsing();
  return in_context(where, [&] {
    Model model = model_from_bytes(bytes);
    to_plain_form(model);
    return model;
  });
}

// Digests stand in facts, which come from elsewhere too, and become names of files.
static void expect_name(const std::string& digest) {
  if (!artifacts::is_digest(digest)) throw Error(ErrorCode::kCorrupt, upkeep::format("\"{}\" names no artefact", digest));
}

std::string Registry::artifact(const std::string& digest) const {
  expect_name(digest);
  if (const fs::path old = old_reference(state_->store->folder(), digest); !old.empty() && !state_->artifacts->has(digest)) {
    std::string bytes = read_file(old);
    artifacts::expect_digest(bytes, digest, old.string());
    return bytes;
  }
  return state_->artifacts->get(digest);
}

ArtifactFile Registry::artifact_file(const std::string& digest) const {
  expect_name(digest);
  if (const auto file = state_->artifacts->file(digest); file && fs::exists(*file)) return ArtifactFile(*file);
  if (const fs::path old = old_reference(state_->store->folder(), digest); !old.empty()) return ArtifactFile(old);
  auto copy = std::make_shared<const TemporaryFolder>();
  write_file(*copy / digest, artifact(digest));
  return {std::move(copy), digest};
}

fs::path Registry::artifact_path(const ModelVersion& version) const {
  if (const auto file = state_->artifacts->file(version.artifact)) return *file;
  throw Error(ErrorCode::kUnsupported, "the registry's artefacts are no files").in(where());
}

std::string Registry::keep(std::string_view bytes) {
  const auto lock = state_->store->publishing();
  return state_->artifacts->put(bytes);
}

std::vector<std::string> artifacts_of(const ModelVersion& version) {
  std::vector<std::string> digests{version.artifact};
  const auto kept = version.facts.find("reference");
  if (kept == version.facts.end() || !kept->is_object()) return digests;
  digests.push_back(kept->value("sha256", ""));
  // Once "references/DIGEST.profile.json"
  const std::string profile = fs::path(kept->value("profile", "")).filename().string();
  digests.push_back(profile.substr(0, profile.find('.')));
  std::erase_if(digests, [](const std::string& digest) { return !artifacts::is_digest(digest); });  // facts come from elsewhere too
  return digests;
}

fs::path old_reference(const std::optional<fs::path>& folder, const std::string& digest) {
  if (folder)
    for (const char* ending : {".parquet", ".profile.json"})
      if (const fs::path file = *folder / "references" / (digest + ending); fs::exists(file)) return file;
  return {};
}

std::string Registry::where() const { return state_->store->where(); }

fs::path Registry::folder() const {
  if (const auto folder = state_->store->folder()) return *folder;
  throw Error(ErrorCode::kUnsupported, "it is in a database, not in a folder").in(where());
}

fs::path Registry::log_folder() const {
  if (const auto folder = state_->store->folder()) return *folder / "log";
  if (state_->artifacts->file(std::string(64, '0'))) return fs::path(state_->artifacts->address()) / "log";
  throw Error(ErrorCode::kInvalidArgument, "it has no folder for the log of predictions", "say with --log DIR where it is").in(where());
}

fs::path log_folder_of(const RegistryAddress& address) {
  return scheme_of(address.registry).empty() ? fs::path(address.registry) / "log" : Registry::existing(address).log_folder();
}

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
