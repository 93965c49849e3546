// What the first session of a process needs (the runtime's table of operators: some 30 ms), begun on a thread of its own, so that a command
// can read its files meanwhile. Whoever needs a session sooner waits for it; what goes wrong is told by the first session.
#pragma once

#include <thread>

namespace upkeep {

class RuntimeStart {
 public:
  RuntimeStart();

 private:
  std::jthread thread_;
};

}  // namespace upkeep
