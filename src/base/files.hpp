// Files: reading with a limit, writing whole or not at all, temporary folders.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace upkeep {

// The whole file. Throws Error{kNotFound}, {kIo} or, beyond `limit_bytes`, {kResourceExhausted} before reading.
std::string read_file(const std::filesystem::path& file, std::size_t limit_bytes = std::size_t{4} << 30);

// Written whole or not at all, durably: a hidden temporary file in the same folder, fsync, rename over `file`, fsync of the folder.
// A leftover of an earlier kill beside `file` is swept first. Throws Error{kIo} ("no space left on device" and the
// like); `file` is then as it was.
void write_file(const std::filesystem::path& file, std::string_view bytes);
void write_file(const std::filesystem::path& file, std::span<const std::string_view> pieces);  // one after the other

// The same for a name that no file has yet, without a look at the rest of the folder; what is not whole has no name, and a kill leaves
// nothing (O_TMPFILE, where the filesystem has it). Throws Error{kIo} as well when the name is taken.
void write_new_file(const std::filesystem::path& file, std::string_view bytes);

// For writers that want a path rather than bytes: path() is a hidden file beside `file`, with its extension, that takes the name of `file`
// by publish() (synced, renamed, folder synced) and is removed otherwise. A leftover of a killed process is swept like those of
// write_file().
class StagedFile {
 public:
  explicit StagedFile(std::filesystem::path file);
  ~StagedFile();
  StagedFile(const StagedFile&) = delete;
  StagedFile& operator=(const StagedFile&) = delete;
  const std::filesystem::path& path() const { return path_; }
  void publish();  // throws Error{kIo}; `file` is then as it was

 private:
  std::filesystem::path file_;
  std::filesystem::path path_;
};

// For writers that make several files: path() lies in a hidden folder beside `file`, under the name of `file`. publish() moves what is in
// the folder beside `file`, and `file` itself last. The folder goes at the end, with all that is left in it.
class StagedFolder {
 public:
  explicit StagedFolder(std::filesystem::path file);
  ~StagedFolder();
  StagedFolder(const StagedFolder&) = delete;
  StagedFolder& operator=(const StagedFolder&) = delete;
  std::filesystem::path path() const { return folder_ / file_.filename(); }
  std::vector<std::string> publish();  // the other files' names. Throws Error{kIo}; what was there is then as it was

 private:
  std::filesystem::path file_;
  std::filesystem::path folder_;
};

// Removes leftovers that write_file() of a killed process may have left in `folder` (not in sub-folders). Returns how many. A writer in
// another PID namespace or on another host cannot be seen: what it wrote goes when it has not changed for an hour.
std::size_t sweep_temporaries(const std::filesystem::path& folder);

void fsync_folder(const std::filesystem::path& folder);

// A folder that is removed, with all it holds, at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

// An exclusive lock between processes, held while this lives (flock on `file`, made when absent).
class FileLock {
 public:
  explicit FileLock(const std::filesystem::path& file);                        // waits
  static std::optional<FileLock> try_lock(const std::filesystem::path& file);  // does not
  ~FileLock();
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;

 private:
  FileLock() = default;
  int descriptor_ = -1;
};

}  // namespace upkeep
