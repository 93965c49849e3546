// A version before it serves: loaded and run once by a process of its own, so that one that crashes the runtime, never ends or eats the
// memory harms nobody who is served.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace upkeep::serve {

struct CandidateCheck {
  std::vector<std::string> command;                 // given the file's path as well: `upkeep check`; empty: versions are not tried before
  std::chrono::milliseconds time{60'000};           // by the clock, start included
  std::size_t memory_bytes = std::size_t{8} << 30;  // of address space, and four times the file's size beside
};

// Throws Error with what the command said, or with how it ended: {kFailedPrecondition} refused or crashed, {kResourceExhausted} a limit.
void check_candidate(const CandidateCheck& check, const std::filesystem::path& file);

}  // namespace upkeep::serve
