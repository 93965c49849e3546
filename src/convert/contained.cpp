#include "convert/contained.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <limits>
#include <ranges>

#include "base/format.hpp"
#include "base/names.hpp"

namespace upkeep {

namespace {

constexpr int kThrew = 3;  // the child's exit code when its memory holds an Error

Error system_error(std::string_view what) { return Error(ErrorCode::kIo, upkeep::format("{}: {}", what, std::strerror(errno))); }

class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return number_; }
  void close() {
    if (number_ >= 0) ::close(std::exchange(number_, -1));
  }

 private:
  int number_;
};

// Memory of both processes: the places that the child is in, outermost first, each with a zero behind it.
struct Places {
  std::atomic<std::size_t> size = 0;
  std::array<char, 8'000> text{};
};

Places* places_of_child = nullptr;  // set in a child, which is one piece of work

class SharedPlaces {
 public:
  SharedPlaces() {
    void* memory = ::mmap(nullptr, sizeof(Places), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw system_error("cannot prepare a child process");
    places_ = new (memory) Places();
  }
  ~SharedPlaces() { ::munmap(places_, sizeof(Places)); }
  SharedPlaces(const SharedPlaces&) = delete;
  SharedPlaces& operator=(const SharedPlaces&) = delete;
  Places* get() const { return places_; }

 private:
  Places* places_;
};

// --- in the child --------------------------------------------------------------------------------------------------

std::size_t address_space_bytes() {
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

void lower(decltype(RLIMIT_CPU) resource, rlim_t limit) {
  struct rlimit now{};
  ::getrlimit(resource, &now);
  now.rlim_cur = std::min(limit, now.rlim_max);
  now.rlim_max = std::min(limit + (resource == RLIMIT_CPU ? 1 : 0), now.rlim_max);
  ::setrlimit(resource, &now);
}

// Nothing is open but standard streams and these two.
void close_others(int a, int b) {
  if (a > b) std::swap(a, b);
  if (a > 3) ::close_range(3, static_cast<unsigned>(a - 1), 0);
  if (b > a + 1) ::close_range(static_cast<unsigned>(a + 1), static_cast<unsigned>(b - 1), 0);
  ::close_range(static_cast<unsigned>(b + 1), std::numeric_limits<unsigned>::max(), 0);
}

void confine(const Containment& limits, int memory, int alive) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  close_others(memory, alive);
  lower(RLIMIT_CORE, 0);
  lower(RLIMIT_CPU, static_cast<rlim_t>(limits.processor_time.count()));
  lower(RLIMIT_AS, address_space_bytes() + limits.memory_bytes);
}

void leave_error(int memory, const Error& error) {
  const Json said = {
      {"code", static_cast<int>(error.code())}, {"message", error.message()}, {"hint", error.hint()}, {"context", error.context()}};
  if (::ftruncate(memory, 0) != 0 || ::lseek(memory, 0, SEEK_SET) != 0) return;
  ContainedOutput(memory).write(said.dump(-1, ' ', false, Json::error_handler_t::replace));
}

int run_work(const std::function<void(ContainedOutput&)>& work, int memory) {
  try {
    ContainedOutput output(memory);
    work(output);
    return 0;
  } catch (const Error& error) {
    leave_error(memory, error);
  } catch (const std::bad_alloc&) {
    leave_error(memory, contained_memory_error());
  } catch (const std::exception& error) {
    leave_error(memory, Error(ErrorCode::kCorrupt, error.what()));
  }
  return kThrew;
}

// --- in the parent -------------------------------------------------------------------------------------------------

// The child's status, when it has ended by itself or was killed at the end of its time.
int wait_for(pid_t child, int alive, std::chrono::seconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()).count();
    struct pollfd ended{alive, POLLIN, 0};
    const int answer = ::poll(&ended, 1, static_cast<int>(std::clamp<std::int64_t>(left, 0, 1'000'000)));
    if (answer == 0 && left <= 0) ::kill(child, SIGKILL);
    if (answer > 0 || left <= 0) break;
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  return status;
}

ContainedBytes map(int memory) {
  const off_t size = ::lseek(memory, 0, SEEK_END);
  if (size < 0) throw system_error("cannot read what the child left");
  if (size == 0) return {};
  const auto bytes = static_cast<std::size_t>(size);
  void* start = ::mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, memory, 0);
  if (start == MAP_FAILED) throw system_error("cannot read what the child left");
  return {std::shared_ptr<const void>(start, [bytes](const void* mapped) { ::munmap(const_cast<void*>(mapped), bytes); }),
          {static_cast<const std::byte*>(start), bytes}};
}

Error error_left(int memory) {
  const ContainedBytes left = map(memory);
  const Json said = parse_json({reinterpret_cast<const char*>(left.bytes.data()), left.bytes.size()});
  const int code = said.value("code", -1);
  const bool known = code >= 0 && code <= static_cast<int>(ErrorCode::kInternal);
  Error error(known ? static_cast<ErrorCode>(code) : ErrorCode::kCorrupt, said.value("message", ""), said.value("hint", ""));
  for (const Json& frame : said.value("context", Json::array())) error.in(frame.get<std::string>());
  return error;
}

Error end_of(int status, const std::string& work) {
  const int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  if (number == SIGXCPU || number == SIGKILL)
    return Error(ErrorCode::kResourceExhausted, work + " takes too long", "it is damaged, or made to do harm");
  return Error(ErrorCode::kCorrupt, work + " crashes the library that does it", "it is damaged, or made to do harm");
}

// The child may have written anything into `places`.
Error died(int status, const Places& places, const std::string& work) {
  Error error = end_of(status, work);
  std::vector<std::string> frames = split({places.text.data(), std::min(places.size.load(), places.text.size())}, '\0');
  frames.pop_back();  // behind the last zero
  for (std::string& frame : frames | std::views::reverse) error.in(std::move(frame));
  return error;
}

}  // namespace

ContainedPlace::ContainedPlace(std::string_view frame) {
  if (!places_of_child) return;
  outside_ = places_of_child->size;
  const std::size_t room = places_of_child->text.size() - outside_;
  if (room == 0) return;
  const std::size_t length = std::min(frame.size(), room - 1);
  char* const at = places_of_child->text.data() + outside_;
  *std::ranges::copy(frame.substr(0, length), at).out = '\0';
  places_of_child->size = outside_ + length + 1;
}

ContainedPlace::~ContainedPlace() {
  if (places_of_child) places_of_child->size = outside_;
}

Error contained_memory_error() { return Error(ErrorCode::kResourceExhausted, "it asks for more memory than it may have"); }

void ContainedOutput::write(std::span<const std::byte> bytes) {
  size_ += bytes.size();
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) throw system_error("cannot write a result");
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

void ContainedOutput::align(std::size_t bytes) {
  const std::vector<std::byte> zeros((bytes - size_ % bytes) % bytes);
  write(zeros);
}

ContainedBytes run_contained(const std::function<void(ContainedOutput&)>& work, const Containment& limits) {
  const Descriptor memory(::memfd_create("upkeep-contained", MFD_CLOEXEC));
  int ends[2];
  if (memory.get() < 0 || ::pipe2(ends, O_CLOEXEC) != 0) throw system_error("cannot prepare a child process");
  const SharedPlaces places;
  const Descriptor ended(ends[0]);
  Descriptor alive(ends[1]);
  const pid_t child = ::fork();
  if (child < 0) throw system_error("cannot start a child process");
  if (child == 0) {
    confine(limits, memory.get(), alive.get());
    places_of_child = places.get();
    ::_exit(run_work(work, memory.get()));
  }
  alive.close();
  const int status = wait_for(child, ended.get(), limits.wall_time);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return map(memory.get());
  if (WIFEXITED(status) && WEXITSTATUS(status) == kThrew) throw error_left(memory.get());
  throw died(status, *places.get(), limits.work);
}

}  // namespace upkeep
