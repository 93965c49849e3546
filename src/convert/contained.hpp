// Work that foreign input may crash or hang, done in a child process: a fork of this one, with limits, whose only way out is a piece of
// memory. For libraries that are not safe on hostile files. What the work leaves in memory is gone with the child.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>

#include "base/json.hpp"

namespace upkeep {

struct Containment {
  std::chrono::seconds processor_time{2};            // of the child; then it is killed
  std::chrono::seconds wall_time{600};               // the same by the clock, for what waits instead of working
  std::size_t memory_bytes = std::size_t{16} << 30;  // address space beyond what this process has
};

// Where the work puts its result.
class ContainedOutput {
 public:
  explicit ContainedOutput(int descriptor) : descriptor_(descriptor) {}
  void write(std::span<const std::byte> bytes);
  void write(std::string_view text) { write(std::as_bytes(std::span(text))); }
  void align(std::size_t bytes);  // fills up with zeros to a multiple
  std::size_t size() const { return size_; }

 private:
  int descriptor_;
  std::size_t size_ = 0;
};

// The result: read-only memory that lives as long as `owner`. Written by a process that may have been led astray: check it like a file.
struct ContainedBytes {
  std::shared_ptr<const void> owner;
  std::span<const std::byte> bytes;
};

// Runs `work` in the child. An Error thrown there is thrown here; a crash is Error{kCorrupt}, a limit reached {kResourceExhausted}.
// The child has one thread and copies of this process's memory: `work` must not wait for other threads, nor print.
ContainedBytes run_contained(const std::function<void(ContainedOutput&)>& work, const Containment& limits = {});

}  // namespace upkeep
