// Compaction and expiry of a whole log folder by policy, again and again, beside whoever writes to it and reads it.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.hpp"

namespace upkeep {

struct LogPolicy {
  std::filesystem::path folder;              // holds MODEL/
  std::chrono::seconds compact_every{3600};  // 0: never
  std::chrono::seconds keep{0};              // days that ended longer ago go; 0: none does
};

// What rounds came to, added up.
struct LogRounds {
  std::uint64_t rounds = 0;
  std::uint64_t compacted_files = 0;  // that became fewer
  std::uint64_t expired_files = 0;
  std::uint64_t failures = 0;         // of a model in a round: a full disk, an unreadable file
  std::vector<std::string> problems;  // one for each failure of the last round
};

// One round over all models. A model that another process compacts now is left to it. Never throws of a model: its failure is counted, the
// others go on. After `stop` no other model is begun.
void keep_log(const LogPolicy& policy, TimePoint now, LogRounds& rounds, const std::stop_token& stop = {});

// Rounds on a thread of its own, the first one after `compact_every` (an hour where only expiry is wanted). Methods may be called from any
// thread. Several processes may keep one folder.
class LogKeeper {
 public:
  explicit LogKeeper(const LogPolicy& policy);
  ~LogKeeper();  // waits for the model that is under way
  LogRounds rounds() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace upkeep
