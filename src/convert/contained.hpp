// Work that foreign input may crash or hang, done in a child process: a fork of this one, with limits, whose only way out is a piece of
// memory. For libraries that are not safe on hostile files. What the work leaves in memory is gone with the child.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <utility>

#include "base/json.hpp"
#include "upkeep/error.hpp"

namespace upkeep {

struct Containment {
  std::chrono::seconds processor_time{2};            // of the child; then it is killed
  std::chrono::seconds wall_time{600};               // the same by the clock, for what waits instead of working
  std::size_t memory_bytes = std::size_t{16} << 30;  // address space beyond what this process has
  std::string work = "reading it";                   // what takes too long, or crashes, in the message
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

// Where the work is, for as long as this lives: the context of the Error when the child ends there. Of no effect outside of a child.
class ContainedPlace {
 public:
  explicit ContainedPlace(std::string_view frame);
  ~ContainedPlace();
  ContainedPlace(const ContainedPlace&) = delete;
  ContainedPlace& operator=(const ContainedPlace&) = delete;

 private:
  std::size_t outside_ = 0;  // bytes of the places around it
};

Error contained_memory_error();

// in_context() that is known where a limit ends the work as well.
template <typename Work>
decltype(auto) in_contained_context(const std::string& frame, Work&& work) {
  const ContainedPlace place(frame);
  try {
    return in_context(frame, std::forward<Work>(work));
  } catch (const std::bad_alloc&) {
    throw contained_memory_error().in(frame);
  }
}

// Runs `work` in the child. An Error thrown there is thrown here; a crash is Error{kCorrupt}, a limit reached {kResourceExhausted}.
// The child has one thread and copies of this process's memory: `work` must not wait for other threads, nor print.
ContainedBytes run_contained(const std::function<void(ContainedOutput&)>& work, const Containment& limits = {});

}  // namespace upkeep
