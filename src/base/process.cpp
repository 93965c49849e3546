#include "base/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <thread>

#include "base/format.hpp"
#include "upkeep/error.hpp"

namespace upkeep {

namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

// Both ends of a pipe, closed at the end unless taken.
struct Pipe {
  int read = -1;
  int write = -1;
  Pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw Error(ErrorCode::kIo, upkeep::format("cannot make a pipe: {}", std::strerror(errno)));
    read = ends[0], write = ends[1];
  }
  ~Pipe() { close(read), close(write); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  static void close(int& end) {
    if (end >= 0) ::close(std::exchange(end, -1));
  }
};

std::vector<char*> pointers(const std::vector<std::string>& arguments) {
  std::vector<char*> made;
  for (const std::string& argument : arguments) made.push_back(const_cast<char*>(argument.c_str()));
  made.push_back(nullptr);
  return made;
}

// In the child, between fork and exec: only calls that are safe there. A failure is written to `report`.
[[noreturn]] void become(const std::vector<char*>& arguments, const std::array<int, 3>& standard, int report) {
  for (int i = 0; i < 3; ++i)
    if (standard[static_cast<std::size_t>(i)] >= 0) ::dup2(standard[static_cast<std::size_t>(i)], i);
  ::close_range(3, std::numeric_limits<unsigned>::max(), CLOSE_RANGE_CLOEXEC);  // a server's sockets are not the child's to hold open
  ::execvp(arguments[0], arguments.data());
  const int number = errno;
  [[maybe_unused]] const ssize_t written = ::write(report, &number, sizeof(number));
  ::_exit(127);
}

// Forks and execs; throws Error{kNotFound} when the program cannot be started.
pid_t start(const std::vector<std::string>& arguments, const std::array<int, 3>& standard) {
  if (arguments.empty()) throw Error(ErrorCode::kInvalidArgument, "no program to start");
  const std::vector<char*> words = pointers(arguments);
  Pipe report;
  const pid_t child = ::fork();
  if (child < 0) throw Error(ErrorCode::kIo, upkeep::format("cannot start a process: {}", std::strerror(errno)));
  if (child == 0) become(words, standard, report.write);
  Pipe::close(report.write);
  int number = 0;
  if (::read(report.read, &number, sizeof(number)) == sizeof(number)) {
    ::waitpid(child, nullptr, 0);
    throw Error(ErrorCode::kNotFound, upkeep::format("cannot start \"{}\": {}", arguments[0], std::strerror(number)));
  }
  return child;
}

int code_of(int status) { return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status); }

int milliseconds_left(SteadyTime end) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 1'000'000));
}

// Appends what is there; closes the end at the end of the stream.
void drain(int& end, std::string& into) {
  char buffer[65536];
  const ssize_t count = ::read(end, buffer, sizeof(buffer));
  if (count > 0) into.append(buffer, static_cast<std::size_t>(count));
  else if (count == 0 || errno != EINTR) Pipe::close(end);
}

void feed(int& end, std::string_view& input) {
  const ssize_t count = ::write(end, input.data(), input.size());
  if (count > 0) input.remove_prefix(static_cast<std::size_t>(count));
  if (input.empty() || (count < 0 && errno != EINTR && errno != EAGAIN)) Pipe::close(end);
}

// Moves bytes both ways until the child closes its outputs; false when the time ran out.
bool talk(Pipe& in, Pipe& out, Pipe& err, std::string_view input, ProcessResult& result, SteadyTime end) {
  ::fcntl(in.write, F_SETFL, O_NONBLOCK);
  if (input.empty()) Pipe::close(in.write);
  while (out.read >= 0 || err.read >= 0) {
    std::array<pollfd, 3> watched{pollfd{out.read, POLLIN, 0}, pollfd{err.read, POLLIN, 0}, pollfd{in.write, POLLOUT, 0}};
    const int ready = ::poll(watched.data(), watched.size(), milliseconds_left(end));
    if (ready == 0) return false;
    if (watched[0].revents) drain(out.read, result.out);
    if (watched[1].revents) drain(err.read, result.err);
    if (watched[2].revents) feed(in.write, input);
  }
  return true;
}

}  // namespace

ProcessResult run_process(const std::vector<std::string>& arguments, const std::string& input, std::chrono::milliseconds time) {
  ::signal(SIGPIPE, SIG_IGN);
  Pipe in, out, err;
  const SteadyTime end = std::chrono::steady_clock::now() + time;
  const pid_t child = start(arguments, {in.read, out.write, err.write});
  Pipe::close(in.read), Pipe::close(out.write), Pipe::close(err.write);
  ProcessResult result;
  result.timed_out = !talk(in, out, err, input, result, end);
  int status = 0;
  while (!result.timed_out && ::waitpid(child, &status, WNOHANG) == 0) {
    if (milliseconds_left(end) == 0) result.timed_out = true;
    else std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  if (result.timed_out) {
    ::kill(child, SIGKILL);
    ::waitpid(child, &status, 0);
  }
  result.exit_code = code_of(status);
  return result;
}

ChildProcess::ChildProcess(const std::vector<std::string>& arguments, const std::map<std::string, std::string>& environment) {
  std::vector<std::string> words = arguments;
  if (!environment.empty()) {
    std::vector<std::string> prefix{"env"};
    for (const auto& [name, value] : environment) prefix.push_back(name + "=" + value);
    words.insert(words.begin(), prefix.begin(), prefix.end());
  }
  Pipe out;
  pid_ = start(words, {-1, out.write, -1});
  out_ = std::exchange(out.read, -1);
}

ChildProcess::~ChildProcess() {
  if (!poll()) {
    signal(SIGTERM);
    if (!wait(std::chrono::seconds(5))) {
      signal(SIGKILL);
      wait(std::chrono::seconds(5));
    }
  }
  ::close(out_);
}

void ChildProcess::signal(int number) {
  if (!exit_code_) ::kill(pid_, number);
}

std::optional<int> ChildProcess::poll() {
  int status = 0;
  if (!exit_code_ && ::waitpid(pid_, &status, WNOHANG) == pid_) exit_code_ = code_of(status);
  return exit_code_;
}

std::optional<int> ChildProcess::wait(std::chrono::milliseconds timeout) {
  const SteadyTime end = std::chrono::steady_clock::now() + timeout;
  while (!poll() && milliseconds_left(end) > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return poll();
}

std::string ChildProcess::read_line(std::chrono::milliseconds timeout) {
  const SteadyTime end = std::chrono::steady_clock::now() + timeout;
  while (true) {
    if (const auto at = buffer_.find('\n'); at != std::string::npos) {
      std::string line = buffer_.substr(0, at);
      buffer_.erase(0, at + 1);
      return line;
    }
    pollfd watched{out_, POLLIN, 0};
    if (::poll(&watched, 1, milliseconds_left(end)) <= 0) throw Error(ErrorCode::kIo, "the child wrote no line in time");
    char chunk[4096];
    const ssize_t count = ::read(out_, chunk, sizeof(chunk));
    if (count <= 0) throw Error(ErrorCode::kIo, "the child closed its output");
    buffer_.append(chunk, static_cast<std::size_t>(count));
  }
}

}  // namespace upkeep
