// Stores: where a registry's rows are kept. Versions and events are only ever added, and the stores refuse anything else.
//
// A Store is not thread-safe. A connection or a file that was lost or replaced is opened again by the next reading; a transaction that was
// under way then is lost as a whole.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/catalog.hpp"
#include "registry/rows.hpp"

namespace upkeep::stores {

struct EventQuery {
  std::string model;                 // empty: of all
  std::optional<std::string> alias;  // nullopt: of all and of none
  std::vector<std::string> kinds;    // empty: all
  bool newest = false;               // the last one only
};

// What a publisher holds from before its bytes are written until their row is, and whoever removes bytes that no row names.
class StoreLock {
 public:
  virtual ~StoreLock() = default;
};

class Store {
 public:
  virtual ~Store() = default;

  // A write transaction, taken at once, so that no other writer comes between what is read and what is written. Rolled back unless
  // committed.
  class Transaction {
   public:
    explicit Transaction(Store& store) : store_(store) { store_.begin(); }
    ~Transaction() {
      if (open_) store_.roll_back();
    }
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    void commit() {
      store_.commit();
      open_ = false;
    }

   private:
    Store& store_;
    bool open_ = true;
  };

  virtual void insert(const ModelVersion& version) = 0;
  virtual std::int64_t append(const Event& event) = 0;  // with its own id where it has one; returns the id

  virtual std::vector<std::string> models() = 0;
  virtual std::vector<ModelVersion> versions(const std::string& model) = 0;  // as they were published; model "": of all
  virtual std::vector<Event> events(const EventQuery& query) = 0;            // oldest first
  virtual std::int64_t newest_event() = 0;                                   // its id; 0: there is none
  // Changes with every event, and when the store was replaced by another or by an older state of itself.
  virtual std::string state() = 0;
  // Until somebody has written (as far as that can be told), at most so long; returns whether somebody has.
  virtual bool wait_for_change(std::chrono::milliseconds at_most) = 0;

  virtual std::string setting(const std::string& key) = 0;  // "" where there is none
  virtual void set(const std::string& key, const std::string& value) = 0;

  virtual std::vector<std::string> problems() = 0;      // of the store itself: pages, indices, references
  virtual std::unique_ptr<StoreLock> publishing() = 0;  // waits
  virtual std::unique_ptr<StoreLock> collecting() = 0;  // null: somebody publishes, or this process may not write
  virtual void tidy() {}                                // under collecting(): what a killed process left in the store

  virtual std::string where() const = 0;                            // for messages
  virtual std::optional<std::filesystem::path> folder() const = 0;  // that it is in, where it is in one

 protected:
  virtual void begin() = 0;
  virtual void commit() = 0;
  virtual void roll_back() noexcept = 0;
};

enum class Opening { kExisting, kMake };

struct StoreEntry {
  std::string name;
  std::string help;
  Settings settings;
  std::vector<std::string> schemes;  // of its URIs; "" stands for plain paths
  std::function<bool(const std::string& uri)> exists;
  // Throws Error{kNotFound}: there is none; {kCorrupt}: not a registry; {kUnsupported}: made by a newer Upkeep; {kIo}.
  std::function<std::unique_ptr<Store>(const std::string& uri, Opening opening)> open;
};
using StoreCatalog = Catalog<StoreEntry>;
const StoreCatalog& catalog();

// The store whose scheme the URI has. Throws Error{kInvalidArgument} with the schemes there are.
const StoreEntry& store_of(const std::string& uri);

}  // namespace upkeep::stores
