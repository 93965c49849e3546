// The model registry: numbered versions, aliases, and an append-only log of who changed what, when and why.
// Rows in a store (stores/: SQLite, PostgreSQL), artefacts by their SHA-256 (artifacts/: a folder, an object store), verified whenever they
// are read. Several processes may share one registry, of PostgreSQL several machines; each call is one transaction. A Registry object is
// not thread-safe: one per thread. Reading needs no permission to write.
//
// A store that was lost for a moment, replaced or restored under a Registry is opened again by its next call.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/files.hpp"
#include "graph/graph.hpp"
#include "registry/address.hpp"
#include "registry/rows.hpp"

namespace upkeep {

struct Attribution {  // who and why, for everything that writes
  std::string actor;  // default: USER@HOST
  std::string reason;
  Json evidence = Json::object();
};

// What must be so when an alias is moved; looked at in the same transaction.
struct MoveConditions {
  std::optional<std::int64_t> from;  // the version that the alias points at
  bool respects_hold = false;        // and nobody holds it
};

enum class AfterRollback { kHold, kRelease };  // whether maintenance may move the alias again

// An artefact as a file of this machine: the registry's own, or a copy that goes with the last of these.
class ArtifactFile {
 public:
  ArtifactFile() = default;
  explicit ArtifactFile(std::filesystem::path own) : path_(std::move(own)) {}
  ArtifactFile(std::shared_ptr<const TemporaryFolder> copy, const std::string& name) : path_(*copy / name), copy_(std::move(copy)) {}
  const std::filesystem::path& path() const { return path_; }  // empty: none
  bool empty() const { return path_.empty(); }

 private:
  std::filesystem::path path_;
  std::shared_ptr<const TemporaryFolder> copy_;
};

class Registry {
 public:
  static constexpr std::chrono::seconds kGrace = std::chrono::days(7);  // that bytes of a deleted version stay

  // Opens, or makes, the registry. Sweeps what a killed process left behind, where this process may write.
  explicit Registry(const RegistryAddress& address, const Clock& clock = system_clock());
  // Opens the registry. Throws Error{kNotFound} where there is none, and makes nothing.
  static Registry existing(const RegistryAddress& address, const Clock& clock = system_clock());
  static bool is_in(const RegistryAddress& address);
  ~Registry();
  Registry(Registry&&) noexcept;
  Registry& operator=(Registry&&) noexcept;

  // Acknowledged means durable: the artefact, then the row. The same bytes under the same name give the same version back; what is new in
  // `description` and `facts` is then an event "described", and of a deleted version an event "restored".
  ModelVersion publish(const std::string& name, const Model& model, const std::string& description = {}, const Json& facts = Json::object(),
                       const Attribution& change = {});
  // Points `alias` at a version; returns the event. No event when it already did. Throws Error{kFailedPrecondition} where a condition does
  // not hold.
  std::optional<Event> promote(const std::string& name, std::int64_t version, const std::string& alias, const Attribution& change = {},
                               const MoveConditions& conditions = {});
  // Points `alias` at the version it had before the current one. Throws Error{kFailedPrecondition} when there was none.
  Event rollback(const std::string& name, const std::string& alias, const Attribution& change = {},
                 AfterRollback after = AfterRollback::kRelease);
  // Until release(), maintenance leaves the alias where it is. No event when it is so already.
  std::optional<Event> hold(const std::string& name, const std::string& alias, const Attribution& change = {});
  std::optional<Event> release(const std::string& name, const std::string& alias, const Attribution& change = {});
  std::optional<Event> held(const std::string& name, const std::string& alias) const;  // since when, by whom, why
  // Throws Error{kFailedPrecondition} while an alias points at the version. The bytes go later, by collect().
  Event remove_version(const std::string& name, std::int64_t version, const Attribution& change = {});
  Event remove_alias(const std::string& name, const std::string& alias, const Attribution& change = {});
  // Removes bytes that nothing refers to: of versions that were deleted longer ago than `grace`, and what nobody published within a day.
  // Returns how many artefacts went; nullopt: somebody is publishing, or this process may not write.
  std::optional<std::size_t> collect(std::chrono::seconds grace = kGrace);
  // An event without a change of aliases: a decision of the maintenance loop, with its evidence.
  Event record(const std::string& kind, const std::string& name, const Attribution& change);

  std::vector<std::string> models() const;                            // that have a version
  std::vector<ModelVersion> versions(const std::string& name) const;  // throws Error{kNotFound} with the names there are
  ModelVersion version(const std::string& name, std::int64_t version) const;
  ModelVersion resolve(const std::string& reference) const;  // "name@alias", "name:version", "name" (newest)
  std::optional<std::int64_t> alias(const std::string& name, const std::string& alias) const;
  std::optional<std::int64_t> alias_at(const std::string& name, const std::string& alias, TimePoint time) const;  // what was live then
  std::vector<Event> history(const std::string& name = {}) const;  // oldest first; all models when empty
  std::int64_t epoch() const;                                      // id of the newest event: replicas poll it
  // Changes with every event, and when the registry was replaced by another one or by an older state of itself: then version numbers may
  // stand for other bytes (compare ModelVersion::artifact). Throws Error while the registry is away.
  std::string state() const;
  // Until somebody has written since the call before, as far as that is told, at most so long: PostgreSQL notifies at once, SQLite is
  // looked at every 50 ms. Returns whether somebody has.
  bool wait_for_change(std::chrono::milliseconds at_most) const;

  // Its bytes are verified against its digest; `before_parsing` is called then, and may throw.
  Model load(const ModelVersion& version, const std::function<void()>& before_parsing = {}) const;
  std::string artifact(const std::string& digest) const;  // verified bytes
  // Verified where it is a copy. Throws Error{kNotFound}.
  ArtifactFile artifact_file(const std::string& digest) const;
  std::filesystem::path artifact_path(const ModelVersion& version) const;  // throws Error{kUnsupported} where artefacts are no files
  // Keeps a table or a profile for a version that is published within the day and whose facts name it under "reference". Returns its
  // digest.
  std::string keep(std::string_view bytes);

  // Reads every artefact and checks digests, rows and aliases. Returns the problems found; empty: whole.
  std::vector<std::string> verify() const;
  // Everything in one tar file, whole or not at all: rows as JSON lines, artefacts under their digests. Refuses what does not verify.
  void export_to(const std::filesystem::path& file) const;
  // Equal bytes and equal history in a registry that has none yet. Throws Error{kCorrupt} of a file that does not verify, and
  // {kFailedPrecondition} where the registry has events; no row is then written. A killed import is made again.
  void import_from(const std::filesystem::path& file);

  std::string where() const;  // for messages
  // That the registry is in. Throws Error{kUnsupported} of one in a database.
  std::filesystem::path folder() const;
  // Where a server of this registry logs predictions: log/ beside SQLite's file, or in the folder of artefacts. Throws
  // Error{kInvalidArgument} where there is neither: then it has to be given.
  std::filesystem::path log_folder() const;

 private:
  struct State;
  explicit Registry(std::unique_ptr<State> state);
  ModelVersion publish_again(const ModelVersion& known, const std::string& description, const Json& facts, const Attribution& who);
  std::vector<std::string> check(const std::string& name) const;
  std::unique_ptr<State> state_;
};

// Where the predictions of a registry's models are logged unless somebody says otherwise; of a folder without looking for a registry in it.
std::filesystem::path log_folder_of(const RegistryAddress& address);
// "name@alias" or "name:version"?
bool is_registry_reference(std::string_view text);
std::string default_actor();  // USER@HOST

}  // namespace upkeep
