// The registry's rows, over SOCI and SQLite: versions and events, both append-only (triggers refuse updates and deletes).
// Rollback journal and synchronous=EXTRA: a committed transaction survives a power cut, and several processes may share the file on one
// machine. (FULL does not sync the folder after the journal is gone, so a power cut could bring the journal, and with it the old rows,
// back.) (Not WAL: SQLite 3.7 to 3.51.2 can lose pages when a checkpoint races a reset.) Not thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "registry/registry.hpp"

namespace upkeep {

class RegistryStore {
 public:
  // Opens the file, or makes it. Throws Error{kCorrupt}: not a registry; {kUnsupported}: made by a newer Upkeep; {kIo}.
  explicit RegistryStore(const std::filesystem::path& file);
  ~RegistryStore();

  // A write transaction, taken at once, so that no other writer comes between what is read and what is written. Rolled back unless
  // committed.
  class Transaction {
   public:
    explicit Transaction(RegistryStore& store);
    ~Transaction();
    void commit();

   private:
    RegistryStore& store_;
    bool open_ = true;
  };

  void insert(const ModelVersion& version);
  std::int64_t append(const Event& event);  // returns its id

  std::vector<std::string> models();
  std::vector<ModelVersion> versions(const std::string& model);                                       // without aliases
  std::vector<Event> events(const std::string& model, const std::optional<std::string>& alias = {});  // model "": of all
  std::int64_t newest_event();
  std::set<std::string> artifacts();
  std::vector<std::string> problems();  // of the file itself: pages, indices, references
  void clear_stale_journal();           // what a process killed before its first write leaves: an empty journal

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace upkeep
