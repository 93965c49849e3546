// HDF5 files, narrowed to what model formats need: groups, text attributes and numeric datasets. The only files that see the HDF5 library
// are hdf5.cpp and its test.
//
// Reading takes files from strangers: nothing outside the file is opened (external and soft links, external storage, virtual datasets and
// filter plug-ins are refused), and sizes are checked against limits and against what the file holds before memory is spent: also in all,
// because many names may lead to the same text or values. The library itself may still loop or crash on a damaged file: read in a contained
// process (convert/contained.hpp).
//
// The library keeps global state: hold exclusive() for as long as a Reader or a Writer lives, and over a fork that uses one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "upkeep/tensor.hpp"

namespace upkeep::hdf5 {

struct Limits {
  std::size_t file_bytes = std::size_t{16} << 30;
  std::size_t dataset_bytes = std::size_t{8} << 30;  // as we keep it
  std::size_t chunk_bytes = std::size_t{64} << 20;   // of a compressed dataset; the library unpacks whole chunks
  std::size_t attribute_bytes = std::size_t{64} << 20;
  std::size_t names = 100'000;     // in one attribute
  std::size_t name_bytes = 4'096;  // of a layer or a weight
};

class Allowance;

[[nodiscard]] std::unique_lock<std::mutex> exclusive();

// An open identifier of the library, closed at the end.
class Id {
 public:
  using Close = int (*)(std::int64_t);
  Id() = default;
  Id(std::int64_t id, Close close) : id_(id), close_(close) {}
  ~Id() { reset(); }
  Id(Id&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Id& operator=(Id&& other) noexcept {
    reset();
    id_ = std::exchange(other.id_, -1);
    close_ = other.close_;
    return *this;
  }
  std::int64_t get() const { return id_; }

 private:
  void reset() {
    if (id_ >= 0) close_(std::exchange(id_, -1));
  }
  std::int64_t id_ = -1;
  Close close_ = nullptr;
};

// A group of a file that is read; valid while its Reader lives. Paths are relative, "dense/kernel", and follow hard links only.
// Throws Error{kNotFound} for what is not there, {kUnsupported} for what we refuse, {kCorrupt} with the library's message for the rest.
class Group {
 public:
  bool has_attribute(const std::string& name) const;
  std::string text(const std::string& attribute) const;
  // A list of texts; also one that was split into "NAME0", "NAME1", ... because an attribute holds 64 KiB at most. Absent:
  // Error{kNotFound}.
  std::vector<std::string> texts(const std::string& attribute) const;

  bool has(const std::string& path) const;
  Group group(const std::string& path) const;
  std::vector<std::string> names() const;  // of what is directly in it, sorted
  bool is_group(const std::string& path) const;
  std::string identity() const;                      // equal for groups that are one under several names
  std::string where(const std::string& path) const;  // the path from the root
  // Floating datasets of any width as float32, integer ones as int64. Two opaque bytes are a bfloat16.
  Tensor tensor(const std::string& path) const;

 private:
  friend class Reader;
  Group(Id id, std::string path, Allowance* allowance) : id_(std::move(id)), path_(std::move(path)), allowance_(allowance) {}
  Id open(const std::string& path) const;
  std::vector<std::string> strings(const std::string& attribute) const;
  std::vector<std::string> names_in(const std::string& attribute) const;

  Id id_;
  std::string path_;
  Allowance* allowance_;  // of the Reader
};

class Reader {
 public:
  explicit Reader(const std::filesystem::path& file, const Limits& limits = {});
  explicit Reader(std::string bytes, const Limits& limits = {});  // of a whole file in memory
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  Group root() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Builds a file in memory. The same calls give the same bytes: no times are stored.
class Writer {
 public:
  Writer();
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  void group(const std::string& path);                                                                         // with the groups above it
  void text(const std::string& group, const std::string& attribute, const std::string& value);                 // "" is the root
  void texts(const std::string& group, const std::string& attribute, const std::vector<std::string>& values);  // split as Keras does
  void tensor(const std::string& path, const Tensor& tensor);                                                  // float32 or int64
  std::string finish();  // the file's bytes; ends the writing

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The first bytes of every HDF5 file.
inline constexpr std::string_view kSignature = "\x89HDF\r\n\x1a\n";

}  // namespace upkeep::hdf5
