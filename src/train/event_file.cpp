#include "train/event_file.hpp"

#include <unistd.h>

#include <atomic>
#include <bit>
#include <boost/crc.hpp>
#include <cstring>

#include "base/format.hpp"
#include "upkeep/error.hpp"

namespace upkeep {

namespace {

static_assert(std::endian::native == std::endian::little, "the format's numbers are little-endian");

template <typename T>
std::string raw(T value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

// --- protobuf: fields of tensorflow/core/util/event.proto and framework/summary.proto --------------------------------------------------

std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  return bytes + static_cast<char>(value);
}

enum class Wire : std::uint8_t { kVarint = 0, k64 = 1, kBytes = 2, k32 = 5 };

std::string key(int field, Wire wire) { return varint(static_cast<std::uint64_t>(field) << 3 | static_cast<std::uint64_t>(wire)); }
std::string bytes_field(int field, const std::string& bytes) { return key(field, Wire::kBytes) + varint(bytes.size()) + bytes; }

std::string event(double wall_time, std::int64_t step) {
  const std::string time = key(1, Wire::k64) + raw(wall_time);
  return step == 0 ? time : time + key(2, Wire::kVarint) + varint(static_cast<std::uint64_t>(step));
}

std::string scalar(const std::string& tag, float value) { return bytes_field(1, tag) + key(2, Wire::k32) + raw(value); }

// The checksum is rotated and shifted, so that a checksum of bytes that hold checksums is still a good one.
std::string masked_crc(const std::string& bytes) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;  // CRC-32C (Castagnoli)
  crc.process_bytes(bytes.data(), bytes.size());
  return raw<std::uint32_t>(std::rotr(static_cast<std::uint32_t>(crc.checksum()), 15) + 0xa282ead8U);
}

double seconds(TimePoint time) { return static_cast<double>(time.time_since_epoch().count()) / 1e6; }

}  // namespace

EventFile::EventFile(const std::filesystem::path& folder, const Clock& clock) : clock_(clock) {
  static std::atomic<int> number = 0;
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  char host[256] = "localhost";
  gethostname(host, sizeof host - 1);
  const double now = seconds(clock_.now());
  path_ = folder / upkeep::format("events.out.tfevents.{}.{}.{}.{}.v2", static_cast<std::int64_t>(now), host, getpid(), number++);
  file_.open(path_, std::ios::binary | std::ios::trunc);
  record(event(now, 0) + bytes_field(3, "brain.Event:2"));
}

void EventFile::scalars(std::int64_t step, const std::vector<std::pair<std::string, double>>& values) {
  std::string summary;
  for (const auto& [tag, value] : values) summary += bytes_field(1, scalar(tag, static_cast<float>(value)));
  record(event(seconds(clock_.now()), step) + bytes_field(5, summary));
}

void EventFile::record(const std::string& event) {
  const std::string length = raw<std::uint64_t>(event.size());
  file_ << length << masked_crc(length) << event << masked_crc(event) << std::flush;
  if (!file_) throw Error(ErrorCode::kIo, "cannot write " + path_.string());
}

}  // namespace upkeep
