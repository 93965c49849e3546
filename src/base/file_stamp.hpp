// Tells whether files have changed since they were read, for what is re-read while a program runs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace upkeep {

// Who the file is and when it was written; equal as long as nobody has replaced or written it. A file that is not there has a stamp, too.
struct FileStamp {
  std::uint64_t device = 0, inode = 0;
  std::int64_t modified_ns = 0, changed_ns = 0, size = -1;
  bool operator==(const FileStamp&) const = default;
};

FileStamp file_stamp(const std::filesystem::path& file);  // follows links
std::vector<FileStamp> file_stamps(const std::vector<std::filesystem::path>& files);

}  // namespace upkeep
