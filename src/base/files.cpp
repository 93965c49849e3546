#include "base/files.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <utility>

#include "base/format.hpp"
#include "base/random.hpp"
#include "upkeep/error.hpp"

namespace upkeep {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kMark = ".upkeep-tmp-";  // .upkeep-tmp-NAMESPACE-PID-NUMBER
constexpr std::chrono::hours kLongestWrite{1};      // a half-written file that is older was left behind, whoever wrote it

Error os_error(std::string_view what, const fs::path& file, int number = errno) {
  const ErrorCode code = number == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo;
  return Error(code, upkeep::format("cannot {} \"{}\": {}", what, file.string(), std::strerror(number)));
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }

 private:
  int number_;
};

constexpr std::size_t kStartWriting = std::size_t{4} << 20U;  // bytes handed over before the disk is told to begin

fs::path folder_of(const fs::path& file) { return file.has_parent_path() ? file.parent_path() : fs::path("."); }

void write_all(int descriptor, std::string_view bytes, const fs::path& file) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw os_error("write", file);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

// Process ids mean something within one PID namespace of one running kernel: another container or host that shares a folder has its own.
std::string process_namespace() {
  std::string kernel;
  std::ifstream boot("/proc/sys/kernel/random/boot_id");
  std::getline(boot, kernel);
  struct stat about{};
  if (kernel.empty() || ::stat("/proc/self/ns/pid", &about) != 0) return upkeep::format("{:016x}", random_seed());
  std::uint64_t hash = 14695981039346656037ULL;  // FNV-1a
  for (const char c : upkeep::format("{} {} {}", kernel, about.st_dev, about.st_ino))
    hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return upkeep::format("{:016x}", hash);
}

std::string writer_mark(pid_t process) {
  static const std::string here = process_namespace();
  return upkeep::format("{}{}-{}-", kMark, here, process);
}

// Whether the process that wrote a leftover is gone: told at once of processes that this one can see, by age of all others.
bool writer_is_gone(const fs::path& leftover) {
  const std::string name = leftover.filename().string();
  std::string seen = writer_mark(0);
  seen.resize(seen.size() - 2);
  int writer = 0;
  if (name.starts_with(seen) && std::sscanf(name.c_str() + seen.size(), "%d", &writer) == 1 && writer > 0)
    if (writer != ::getpid() && ::kill(writer, 0) != 0 && errno == ESRCH) return true;
  std::error_code gone;
  const fs::file_time_type written = fs::last_write_time(leftover, gone);
  return !gone && fs::file_time_type::clock::now() - written > kLongestWrite;
}

// The permissions that the new file shall have: those of the one it replaces, else what the umask leaves.
mode_t mode_for(const fs::path& file) {
  struct stat about{};
  if (::stat(file.c_str(), &about) == 0) return about.st_mode & 07777U;
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return 0666U & ~mask;
}

}  // namespace

std::string read_file(const fs::path& file, std::size_t limit_bytes) {
  const Descriptor in(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!in) throw os_error("read", file);
  struct stat about{};
  if (::fstat(in.get(), &about) != 0) throw os_error("read", file);
  if (S_ISDIR(about.st_mode)) throw Error(ErrorCode::kIo, upkeep::format("cannot read \"{}\": it is a folder", file.string()));
  const auto refuse = [&] {
    return Error(ErrorCode::kResourceExhausted, upkeep::format("\"{}\" is larger than {} bytes", file.string(), limit_bytes));
  };
  if (static_cast<std::size_t>(about.st_size) > limit_bytes) throw refuse();
  std::string bytes(static_cast<std::size_t>(about.st_size) + 1, '\0');  // one more, to see the end without another read
  std::size_t filled = 0;
  while (true) {
    const ssize_t count = ::read(in.get(), bytes.data() + filled, bytes.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw os_error("read", file);
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
    if (filled > limit_bytes) throw refuse();
    if (filled == bytes.size()) bytes.resize(std::max<std::size_t>(filled * 2, 4096));  // a pipe, or a file that grows
  }
  bytes.resize(filled);
  return bytes;
}

void fsync_folder(const fs::path& folder) {
  const Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened) throw os_error("open folder", folder);
  if (::fsync(opened.get()) != 0 && errno != EINVAL) throw os_error("sync folder", folder);
}

// A free hidden name beside `file`. Leftovers of killed processes are swept.
static fs::path hidden_beside(const fs::path& file, const std::string& extension) {
  static std::atomic<unsigned> number{0};
  const fs::path folder = folder_of(file);
  if (!fs::is_directory(folder))
    throw Error(ErrorCode::kNotFound, upkeep::format("cannot write \"{}\"", file.string()),
                upkeep::format("there is no folder \"{}\"", folder.string()));
  if (fs::is_directory(file)) throw Error(ErrorCode::kIo, upkeep::format("cannot write \"{}\": it is a folder", file.string()));
  sweep_temporaries(folder);
  return folder / upkeep::format("{}{}{}", writer_mark(::getpid()), number++, extension);
}

// Synced, and renamed over `to`.
static void take_place(const fs::path& from, const fs::path& to) {
  {
    const Descriptor written(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
    if (!written || ::fchmod(written.get(), mode_for(to)) != 0 || ::fsync(written.get()) != 0) throw os_error("write", to);
  }
  if (::rename(from.c_str(), to.c_str()) != 0) throw os_error("write", to);
}

StagedFile::StagedFile(fs::path file) : file_(std::move(file)), path_(hidden_beside(file_, file_.extension().string())) {}

StagedFile::~StagedFile() { ::unlink(path_.c_str()); }

void StagedFile::publish() {
  take_place(path_, file_);
  fsync_folder(folder_of(file_));
}

StagedFolder::StagedFolder(fs::path file) : file_(std::move(file)), folder_(hidden_beside(file_, "")) {
  if (::mkdir(folder_.c_str(), 0700) != 0) throw os_error("make folder", folder_);
}

StagedFolder::~StagedFolder() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

std::vector<std::string> StagedFolder::publish() {
  std::vector<std::string> others;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_))
    if (entry.path().filename() != file_.filename()) others.push_back(entry.path().filename().string());
  std::vector<fs::path> fresh;
  try {
    for (const std::string& name : others) {
      const fs::path to = folder_of(file_) / name;
      if (!fs::exists(to)) fresh.push_back(to);
      take_place(folder_ / name, to);
    }
    take_place(path(), file_);
  } catch (const Error&) {
    std::error_code ignored;
    for (const fs::path& made : fresh) fs::remove(made, ignored);
    throw;
  }
  fsync_folder(folder_of(file_));
  return others;
}

void write_file(const fs::path& file, std::string_view bytes) { write_file(file, std::span(&bytes, 1)); }

void write_file(const fs::path& file, std::span<const std::string_view> pieces) {
  StagedFile staged(file);
  {
    const Descriptor out(::open(staged.path().c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!out) throw os_error("write", file);
    std::size_t waiting = 0;
    for (const std::string_view piece : pieces) {
      write_all(out.get(), piece, file);
      waiting += piece.size();
      if (waiting < kStartWriting) continue;
      waiting = 0;
      ::sync_file_range(out.get(), 0, 0, SYNC_FILE_RANGE_WRITE);  // a hint: publish() sees to it that all is there
    }
  }
  staged.publish();
}

// An unnamed file of the folder's filesystem, written and synced, then linked under its name. False where the filesystem has none such.
static bool link_unnamed(const fs::path& file, std::string_view bytes) {
  const Descriptor out(::open(folder_of(file).c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600));
  if (!out) return false;
  write_all(out.get(), bytes, file);
  if (::fchmod(out.get(), mode_for(file)) != 0 || ::fsync(out.get()) != 0) throw os_error("write", file);
  const std::string unnamed = upkeep::format("/proc/self/fd/{}", out.get());
  if (::linkat(AT_FDCWD, unnamed.c_str(), AT_FDCWD, file.c_str(), AT_SYMLINK_FOLLOW) == 0) return true;
  if (errno == EEXIST) throw os_error("write", file);
  return false;
}

void write_new_file(const fs::path& file, std::string_view bytes) {
  if (link_unnamed(file, bytes)) fsync_folder(folder_of(file));
  else write_file(file, bytes);
}

std::size_t sweep_temporaries(const fs::path& folder) {
  std::size_t removed = 0;
  std::error_code problem;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, problem)) {
    if (!entry.path().filename().string().starts_with(kMark) || !writer_is_gone(entry.path())) continue;
    std::error_code ignored;
    if (fs::remove_all(entry.path(), ignored) > 0 && !ignored) ++removed;
  }
  return removed;
}

TemporaryFolder::TemporaryFolder() {
  const char* base = std::getenv("TMPDIR");
  std::string pattern = (fs::path(base && *base ? base : "/tmp") / "upkeep-XXXXXX").string();
  if (!::mkdtemp(pattern.data())) throw os_error("make folder", pattern);
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

// --- locks ---------------------------------------------------------------------------------------------------------

static int open_lock(const fs::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor < 0) throw os_error("lock", file);
  return descriptor;
}

FileLock::FileLock(const fs::path& file) : descriptor_(open_lock(file)) {
  while (::flock(descriptor_, LOCK_EX) != 0) {
    if (errno == EINTR) continue;
    const int number = errno;
    ::close(std::exchange(descriptor_, -1));
    throw os_error("lock", file, number);
  }
}

std::optional<FileLock> FileLock::try_lock(const fs::path& file) {
  FileLock lock;
  lock.descriptor_ = open_lock(file);
  if (::flock(lock.descriptor_, LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno != EWOULDBLOCK) throw os_error("lock", file);
  return std::nullopt;
}

FileLock::~FileLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

}  // namespace upkeep
