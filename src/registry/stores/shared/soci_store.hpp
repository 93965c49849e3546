// What the stores over SOCI share: the statements that SQLite and PostgreSQL both know.
#pragma once

#include <soci/soci.h>

#include "registry/stores/store.hpp"

namespace upkeep::stores {

class SociStore : public Store {
 public:
  void insert(const ModelVersion& version) override;
  std::int64_t append(const Event& event) override;
  std::vector<std::string> models() override;
  std::vector<ModelVersion> versions(const std::string& model) override;
  std::vector<Event> events(const EventQuery& query) override;
  std::int64_t newest_event() override;
  std::string setting(const std::string& key) override;
  void set(const std::string& key, const std::string& value) override;

 protected:
  // Our Error of what SOCI threw.
  virtual Error translated(const soci::soci_error& error) const = 0;
  // Outside of transactions, before a statement: opens again what was lost or replaced.
  virtual void make_ready() = 0;
  // Whether a statement failed because the connection is gone, and it may be made again.
  virtual bool is_lost() = 0;
  virtual std::int64_t next_event_id() = 0;  // 0: the database numbers them

  // Runs `work`; outside of a transaction once more where the connection had been lost.
  template <typename Work>
  decltype(auto) guarded(Work&& work) {
    try {
      if (!in_transaction_) make_ready();
      return work();
    } catch (const soci::soci_error& error) {
      if (in_transaction_ || !is_lost()) throw translated(error);
    }
    try {
      make_ready();
      return work();
    } catch (const soci::soci_error& error) {
      throw translated(error);
    }
  }

  soci::session sql_;
  bool in_transaction_ = false;
};

}  // namespace upkeep::stores
