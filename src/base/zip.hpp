// Zip archives, in memory: nothing is ever written under an entry's name. Reading takes archives from strangers: an entry that is
// encrypted, that stands twice, or that claims more bytes than its packed ones can give is refused before memory is spent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace upkeep {

class ZipReader {
 public:
  struct Entry {
    std::string name;
    std::uint64_t size = 0;  // unpacked, in bytes
  };

  // Throws Error{kIo} where the file cannot be read, {kCorrupt} where it is no archive.
  explicit ZipReader(const std::filesystem::path& file);
  ~ZipReader();
  ZipReader(const ZipReader&) = delete;
  ZipReader& operator=(const ZipReader&) = delete;

  const std::vector<Entry>& entries() const;
  const Entry* find(std::string_view name) const;

  using Fill = std::function<void(std::span<std::byte> into)>;
  // Calls `read` with the entry's size and a function that fills spans with its next bytes, and then compares the checksum.
  // Throws Error{kNotFound} without such an entry, {kCorrupt} for a damaged one.
  void read(std::string_view name, const std::function<void(std::uint64_t size, const Fill& fill)>& read) const;
  // The whole entry. Throws Error{kResourceExhausted} beyond `limit` bytes.
  std::string read(std::string_view name, std::uint64_t limit) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Stored, not packed; equal entries give equal bytes, because no times are kept.
class ZipWriter {
 public:
  ZipWriter();
  ~ZipWriter();
  ZipWriter(const ZipWriter&) = delete;
  ZipWriter& operator=(const ZipWriter&) = delete;

  // The bytes of `parts` one after the other; they must live until finish().
  void add(const std::string& name, std::span<const std::span<const std::byte>> parts);
  void add(const std::string& name, std::string_view bytes);
  std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace upkeep
