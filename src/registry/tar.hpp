// Tar archives (POSIX ustar), written and read entry by entry, so that a registry of any size passes through little memory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

namespace upkeep {

class TarWriter {
 public:
  explicit TarWriter(const std::filesystem::path& file);
  void add(const std::string& name, std::string_view bytes);  // a name of at most 100 bytes
  void finish();                                              // throws Error{kIo}, as add() does

 private:
  void expect_written() const;
  std::filesystem::path file_;
  std::ofstream out_;
};

class TarReader {
 public:
  struct Entry {
    std::string name;
    std::uint64_t size = 0;
  };

  explicit TarReader(const std::filesystem::path& file);
  // The next file; nullopt at the end. Throws Error{kCorrupt} of an archive that is damaged or ends too early.
  std::optional<Entry> next();
  std::string read();  // the whole of it

 private:
  std::string block();
  std::filesystem::path file_;
  std::uint64_t left_ = 0;  // bytes of the file that were not read yet
  std::ifstream in_;
  std::optional<Entry> entry_;
};

}  // namespace upkeep
