// Child processes with a limit of time: what may go wrong with foreign input goes wrong there.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace upkeep {

struct ProcessResult {
  int exit_code = 0;  // 128 + signal when a signal ended it
  bool timed_out = false;
  std::string out;
  std::string err;
};

// Runs `arguments` (arguments[0] is the program, looked up in PATH) to its end, or kills it after `time` by the clock.
ProcessResult run_process(const std::vector<std::string>& arguments, const std::string& input = {},
                          std::chrono::milliseconds time = std::chrono::minutes(1));

// A child that goes on beside us; killed (SIGTERM, then SIGKILL) when this ends. For tests and drills.
class ChildProcess {
 public:
  explicit ChildProcess(const std::vector<std::string>& arguments, const std::map<std::string, std::string>& environment = {});
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  void signal(int number);
  std::optional<int> poll();                                   // exit code when it has ended
  std::optional<int> wait(std::chrono::milliseconds timeout);  // exit code, or nullopt
  std::string read_line(std::chrono::milliseconds timeout);    // next line of its stdout; throws Error{kIo} on time-out or end

 private:
  int pid_ = -1;
  int out_ = -1;
  std::optional<int> exit_code_;
  std::string buffer_;
};

}  // namespace upkeep
