// Bytes as a file, for readers that take a path: one file, written anew for each input.
#pragma once

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>

class ScratchFile {
 public:
  ScratchFile() : path_(std::filesystem::temp_directory_path() / "upkeep-fuzz-XXXXXX"), descriptor_(::mkstemp(path_.data())) {}
  ~ScratchFile() {
    ::close(descriptor_);
    ::unlink(path_.c_str());
  }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  std::filesystem::path hold(const std::uint8_t* data, std::size_t size) const {
    if (::ftruncate(descriptor_, 0) != 0 || ::pwrite(descriptor_, data, size, 0) != static_cast<ssize_t>(size)) std::abort();
    return path_;
  }

 private:
  std::string path_;
  int descriptor_;
};
