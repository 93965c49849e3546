#include "registry/tar.hpp"

#include <array>
#include <numeric>

#include "base/format.hpp"
#include "upkeep/error.hpp"

namespace upkeep {

static constexpr std::size_t kBlock = 512;
// Where the fields of a header are, and how long.
static constexpr std::size_t kNameSize = 100, kSizeAt = 124, kNumberSize = 12, kSumAt = 148, kSumSize = 8, kTypeAt = 156, kMagicAt = 257;
static constexpr unsigned char kBinaryNumber = 0x80;  // GNU's and star's form of sizes from 8 GiB on

static std::size_t padding(std::uint64_t size) { return (kBlock - size % kBlock) % kBlock; }

// Of a header's bytes, those of the sum taken as spaces.
static std::uint64_t sum_of(std::string_view header) {
  std::uint64_t sum = 0;
  for (std::size_t at = 0; at < kBlock; ++at) sum += at >= kSumAt && at < kSumAt + kSumSize ? ' ' : static_cast<unsigned char>(header[at]);
  return sum;
}

static void put(std::string& header, std::size_t at, std::string_view text) { header.replace(at, text.size(), text); }

static std::string header_of(const std::string& name, std::uint64_t size) {
  std::string header(kBlock, '\0');
  put(header, 0, name);
  put(header, kNameSize, "0000644");
  put(header, 108, "0000000");
  put(header, 116, "0000000");
  if (size < (std::uint64_t{1} << 33U)) {
    put(header, kSizeAt, upkeep::format("{:011o}", size));
  } else {
    header[kSizeAt] = static_cast<char>(kBinaryNumber);
    for (std::size_t i = 0; i < 8; ++i) header[kSizeAt + kNumberSize - 1 - i] = static_cast<char>(size >> (8 * i) & 0xffU);
  }
  put(header, 136, "00000000000");
  header[kTypeAt] = '0';
  put(header, kMagicAt,
      std::string_view("ustar\0"
                       "00",
                       8));
  put(header, kSumAt, upkeep::format("{:06o}", sum_of(header)) + std::string("\0 ", 2));
  return header;
}

TarWriter::TarWriter(const std::filesystem::path& file) : file_(file), out_(file, std::ios::binary | std::ios::trunc) { expect_written(); }

void TarWriter::expect_written() const {
  if (!out_) throw Error(ErrorCode::kIo, upkeep::format("cannot write \"{}\"", file_.string()), "is there space on that disk?");
}

void TarWriter::add(const std::string& name, std::string_view bytes) {
  if (name.size() > kNameSize) throw Error(ErrorCode::kInternal, upkeep::format("\"{}\" is too long for a tar entry", name));
  out_ << header_of(name, bytes.size()) << bytes << std::string(padding(bytes.size()), '\0');
  expect_written();
}

void TarWriter::finish() {
  out_ << std::string(2 * kBlock, '\0');
  out_.close();
  expect_written();
}

TarReader::TarReader(const std::filesystem::path& file) : file_(file), in_(file, std::ios::binary) {
  std::error_code problem;
  left_ = std::filesystem::file_size(file, problem);
  if (problem || !in_)
    throw Error(ErrorCode::kNotFound,
                upkeep::format("cannot read \"{}\": {}", file.string(), problem ? problem.message() : "no permission"));
}

static std::uint64_t size_in(std::string_view header) {
  const std::string_view field = header.substr(kSizeAt, kNumberSize);
  std::uint64_t size = 0;
  if (static_cast<unsigned char>(field[0]) == kBinaryNumber) {
    for (std::size_t i = 4; i < kNumberSize; ++i) size = size << 8U | static_cast<unsigned char>(field[i]);
    return size;
  }
  for (const char c : field) {
    if (c < '0' || c > '7') break;
    size = size * 8 + static_cast<std::uint64_t>(c - '0');
  }
  return size;
}

std::string TarReader::block() {
  std::string bytes(kBlock, '\0');
  if (left_ < kBlock || !in_.read(bytes.data(), kBlock))
    throw Error(ErrorCode::kCorrupt, upkeep::format("\"{}\" ends too early", file_.string()), "it was not copied whole");
  left_ -= kBlock;
  return bytes;
}

std::optional<TarReader::Entry> TarReader::next() {
  if (entry_) read();
  const std::string header = block();
  if (header == std::string(kBlock, '\0')) return std::nullopt;
  const std::string sum = upkeep::format("{:06o}", sum_of(header));
  const std::uint64_t size = size_in(header);
  if (header.compare(kMagicAt, 5, "ustar") != 0 || header.compare(kSumAt, 6, sum) != 0 || header[kTypeAt] != '0' || size > left_)
    throw Error(ErrorCode::kCorrupt, upkeep::format("\"{}\" is damaged, or not an archive of a registry", file_.string()));
  const std::string name = header.substr(0, kNameSize);
  entry_ = Entry{name.substr(0, name.find('\0')), size};
  return entry_;
}

std::string TarReader::read() {
  std::string bytes(entry_->size + padding(entry_->size), '\0');
  if (bytes.size() > left_ || !in_.read(bytes.data(), static_cast<std::streamsize>(bytes.size())))
    throw Error(ErrorCode::kCorrupt, upkeep::format("\"{}\" ends too early", file_.string()), "it was not copied whole");
  left_ -= bytes.size();
  bytes.resize(entry_->size);
  entry_.reset();
  return bytes;
}

}  // namespace upkeep
