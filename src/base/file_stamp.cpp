#include "base/file_stamp.hpp"

#include <sys/stat.h>

namespace upkeep {

static std::int64_t nanoseconds(const timespec& time) { return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec; }

FileStamp file_stamp(const std::filesystem::path& file) {
  struct stat status{};
  if (::stat(file.c_str(), &status) != 0) return {};
  return {.device = status.st_dev,
          .inode = status.st_ino,
          .modified_ns = nanoseconds(status.st_mtim),
          .changed_ns = nanoseconds(status.st_ctim),
          .size = status.st_size};
}

std::vector<FileStamp> file_stamps(const std::vector<std::filesystem::path>& files) {
  std::vector<FileStamp> stamps;
  for (const std::filesystem::path& file : files) stamps.push_back(file_stamp(file));
  return stamps;
}

}  // namespace upkeep
