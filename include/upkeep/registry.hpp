// The model registry from a program of one's own: versions of models, the aliases that point at them, and who changed what, when and why.
//
//   operate::Registry registry = operate::Registry::open({.registry = "postgresql://upkeep@db/models", .artifacts = "s3://models/upkeep"});
//   const operate::Version version = registry.publish("price", model, {.reference = "train.csv", .alias = "production"});
//   for (const operate::RegistryEvent& event : registry.history("price")) ...
//
// A Registry owns its connection and is not thread-safe: one per thread. Each call is one transaction that other processes see whole or not
// at all; what a call acknowledges is durable. All throw Error; a failed call leaves the registry as it was.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "upkeep/model.hpp"

namespace upkeep::operate {

// Where it is kept.
struct RegistryPlace {
  std::string registry = "registry";  // a folder, sqlite:FILE, or postgresql://USER@HOST/DATABASE
  std::string artifacts;              // a folder, or s3://BUCKET/PREFIX; empty: what it was made with, else beside SQLite's file
};

struct Version {
  std::string model;
  std::int64_t number = 0;  // 1, 2, ...
  std::string sha256;       // of the ONNX file
  std::int64_t size_bytes = 0;
  std::int64_t created_us = 0;  // microseconds since 1970, UTC
  std::string actor;            // who published it
  std::string description;
  std::string facts;                 // JSON: the signature, metrics, the reference, ...
  std::vector<std::string> aliases;  // that point here now
};

struct RegistryEvent {
  std::int64_t id = 0;       // 1, 2, ... in the order in which they were made
  std::int64_t time_us = 0;  // microseconds since 1970, UTC
  std::string kind;  // published, described, promoted, rolled_back, alias_removed, held, released, deleted, restored, or a decision's
  std::string model;
  std::string alias;                     // empty where none is concerned
  std::optional<std::int64_t> from, to;  // versions
  std::string actor, reason;
  std::string evidence;  // JSON
};

struct Why {
  std::string actor;  // empty: USER@HOST
  std::string reason;
};

struct VersionNotes {
  std::filesystem::path reference;  // table that it was trained on, which is kept, and completes the signature; empty: none
  std::string alias;                // that points at the version from now on; empty: none
  std::string description;
  Why why;
};

class Registry {
 public:
  // Opens it, and makes it where there is none.
  static Registry open(const RegistryPlace& place = {});
  // Throws Error{kNotFound} where there is none. Reading needs no permission to write.
  static Registry existing(const RegistryPlace& place = {});
  ~Registry();
  Registry(Registry&&) noexcept;
  Registry& operator=(Registry&&) noexcept;

  // The same model under the same name gives the same version back; new notes are then an event.
  Version publish(const std::string& name, const api::Model& model, const VersionNotes& notes = {});
  // What callers of the version that the alias points at would notice if it pointed at this one: one sentence each. None: nothing.
  std::vector<std::string> breaks(const std::string& name, std::int64_t version, const std::string& alias) const;
  // Returns false when the alias points there already.
  bool promote(const std::string& name, std::int64_t version, const std::string& alias, const Why& why = {});
  // Back to the version before, which is returned. Maintenance leaves the alias there until release().
  std::int64_t rollback(const std::string& name, const std::string& alias, const Why& why = {});
  void hold(const std::string& name, const std::string& alias, const Why& why = {});
  void release(const std::string& name, const std::string& alias, const Why& why = {});
  // Throws Error{kFailedPrecondition} while an alias points at the version. Its file goes a week later.
  void remove(const std::string& name, std::int64_t version, const Why& why = {});

  std::vector<std::string> models() const;
  std::vector<Version> versions(const std::string& name) const;
  Version resolve(const std::string& reference) const;                     // "price:3", "price@production", or "price", the newest
  api::Model load(const std::string& reference) const;                     // its bytes are compared with their digest first
  std::vector<RegistryEvent> history(const std::string& name = {}) const;  // oldest first; empty: of all models

  // Reads every file. One sentence for each problem; none: it is whole.
  std::vector<std::string> verify() const;
  // Everything in one file, and from it into a registry that has no history yet: equal bytes, equal history.
  void export_to(const std::filesystem::path& file) const;
  void import_from(const std::filesystem::path& file);

 private:
  struct State;
  explicit Registry(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace upkeep::operate
