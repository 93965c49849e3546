// A version before it serves: loaded and run once by a process of its own, so that one that crashes the runtime, never ends or eats the
// memory harms nobody who is served.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace upkeep::serve {

struct CandidateCheck {
  std::vector<std::string> command;        // `upkeep check`, which is given the rest; empty: versions are not tried before
  std::chrono::milliseconds time{60'000};  // by the clock, start included
  std::int64_t memory_mb = 8192;           // of address space beside what the program has at its start, and four times the file's size
};

// Adds `--memory-mb MB FILE` to the command's words. Throws Error with what the command said, or with how it ended: {kFailedPrecondition}
// refused or crashed, {kResourceExhausted} a limit.
void check_candidate(const CandidateCheck& check, const std::filesystem::path& file);

}  // namespace upkeep::serve
