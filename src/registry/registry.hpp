// The model registry: numbered versions, aliases, and an append-only log of who changed what, when and why.
// Rows in SQLite (rollback journal, synchronous=EXTRA), artefacts as files named by their SHA-256, verified whenever they are read.
// Several processes may share one registry folder on one machine; each call is one transaction. A Registry object is not thread-safe: one
// per thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "graph/graph.hpp"

namespace upkeep {

struct ModelVersion {
  std::string model;         // [A-Za-z0-9][A-Za-z0-9._-]{0,127}
  std::int64_t version = 0;  // 1, 2, ... as numbered by publish
  std::string artifact;      // SHA-256 of the ONNX file
  std::int64_t size_bytes = 0;
  TimePoint created{};
  std::string actor;
  std::string description;
  Json facts = Json::object();       // metrics, lineage, tool versions: whatever the publisher knew
  std::vector<std::string> aliases;  // that point here now
};

// One line of history. Nothing is ever changed or removed; aliases are a fold over these.
struct Event {
  std::int64_t id = 0;
  TimePoint time{};
  std::string kind;  // published, promoted, rolled_back, alias_removed, decision, ...
  std::string model;
  std::string alias;                 // empty where none is concerned
  std::optional<std::int64_t> from;  // version
  std::optional<std::int64_t> to;
  std::string actor;
  std::string reason;
  Json evidence = Json::object();
};

struct Attribution {  // who and why, for everything that writes
  std::string actor;  // default: USER@HOST
  std::string reason;
  Json evidence = Json::object();
};

class Registry {
 public:
  // Opens, or makes, the registry in `folder` (registry.sqlite3, blobs/sha256/AA/DIGEST, log/). Sweeps what a killed process left behind.
  explicit Registry(const std::filesystem::path& folder, const Clock& clock = system_clock());
  // Opens the registry in `folder`. Throws Error{kNotFound} where there is none, and makes nothing.
  static Registry existing(const std::filesystem::path& folder, const Clock& clock = system_clock());
  static bool is_in(const std::filesystem::path& folder);
  ~Registry();
  Registry(Registry&&) noexcept;
  Registry& operator=(Registry&&) noexcept;

  // Acknowledged means durable: file, fsync, rename, fsync of the folder, then the row. The same bytes under the same name give the same
  // version back.
  ModelVersion publish(const std::string& name, const Model& model, const std::string& description = {}, const Json& facts = Json::object(),
                       const Attribution& change = {});
  // Points `alias` at a version; returns the event. No event when it already did.
  std::optional<Event> promote(const std::string& name, std::int64_t version, const std::string& alias, const Attribution& change = {});
  // Points `alias` at the version it had before the current one. Throws Error{kFailedPrecondition} when there was none.
  Event rollback(const std::string& name, const std::string& alias, const Attribution& change = {});
  // An event without a change of aliases: a decision of the maintenance loop, with its evidence.
  Event record(const std::string& kind, const std::string& name, const Attribution& change);

  std::vector<std::string> models() const;
  std::vector<ModelVersion> versions(const std::string& name) const;  // throws Error{kNotFound} with the names there are
  ModelVersion version(const std::string& name, std::int64_t version) const;
  ModelVersion resolve(const std::string& reference) const;  // "name@alias", "name:version", "name" (newest)
  std::optional<std::int64_t> alias(const std::string& name, const std::string& alias) const;
  std::optional<std::int64_t> alias_at(const std::string& name, const std::string& alias, TimePoint time) const;  // what was live then
  std::vector<Event> history(const std::string& name = {}) const;  // oldest first; all models when empty
  std::int64_t epoch() const;                                      // id of the newest event: replicas poll it

  // Its bytes are verified against its digest; `before_parsing` is called then, and may throw.
  Model load(const ModelVersion& version, const std::function<void()>& before_parsing = {}) const;
  std::filesystem::path artifact_path(const ModelVersion& version) const;
  // Reads every artefact and checks digests, rows and aliases. Returns the problems found; empty: whole.
  std::vector<std::string> verify() const;

  const std::filesystem::path& folder() const;
  std::filesystem::path log_folder() const;  // where a server of this registry logs predictions

 private:
  std::vector<std::string> check(const std::string& name) const;
  struct State;
  std::unique_ptr<State> state_;
};

// "name@alias" or "name:version"?
bool is_registry_reference(std::string_view text);
std::string default_actor();  // USER@HOST

}  // namespace upkeep
