// Profiles as files: the reference's as JSON, a segment's as bytes.
//
//   "UPKPROF1", the segment's name, the fingerprint, counts of rows and requests, times, latencies, then each column: sparse counts, what
//   is missing, infinite, the smallest and largest, two sums, other categories; at the end FNV-1a of all before. Whole numbers are varints
//   (LEB128, signed ones in zigzag); texts have their length before them; doubles are 8 bytes, little-endian.

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>

#include "base/files.hpp"
#include "base/format.hpp"
#include "base/json.hpp"
#include "base/sha256.hpp"
#include "log/profile.hpp"
#include "upkeep/error.hpp"

namespace upkeep {

namespace fs = std::filesystem;

static_assert(std::endian::native == std::endian::little);

namespace {

constexpr std::string_view kMagic = "UPKPROF1";
constexpr std::uint64_t kMostRows = std::uint64_t{1} << 32U;

std::uint64_t check_sum(std::string_view bytes) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  for (std::size_t at = 0; at < bytes.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, std::min<std::size_t>(8, bytes.size() - at));
    hash = (hash ^ word) * 0x100000001B3U;
    hash ^= hash >> 29U;
  }
  return hash;
}

struct Bytes {
  std::string text;

  void fixed(auto value) {
    const auto raw = std::bit_cast<std::array<char, sizeof(value)>>(value);
    text.append(raw.data(), raw.size());
  }
  void number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7U) text += static_cast<char>(value | 0x80U);
    text += static_cast<char>(value);
  }
  void signed_number(std::int64_t value) { number((static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63)); }
  void words(std::string_view value) {
    number(value.size());
    text += value;
  }
  void wide(ColumnCounts::Wide value) { fixed(value); }
};

// Throws Error{kCorrupt} instead of reading past the end.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  std::string_view take(std::uint64_t count) {
    if (count > bytes_.size()) throw Error(ErrorCode::kCorrupt, "the profile ends early");
    const std::string_view part = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return part;
  }
  template <typename T>
  T fixed() {
    T value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(take(1).front());
      value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
      if (byte < 0x80) return value;
    }
    throw Error(ErrorCode::kCorrupt, "a number of the profile does not end");
  }
  // Of rows of one segment, which sums of many hold.
  std::int64_t count() {
    const std::uint64_t value = number();
    if (value > kMostRows) throw Error(ErrorCode::kCorrupt, "more rows than a segment has");
    return static_cast<std::int64_t>(value);
  }
  std::int64_t signed_number() {
    const std::uint64_t value = number();
    return static_cast<std::int64_t>(value >> 1U) ^ -static_cast<std::int64_t>(value & 1U);
  }
  // Microseconds, with room to count from the ends of periods.
  std::int64_t time() {
    constexpr std::int64_t kFurthest = std::int64_t{1} << 61U;
    const std::int64_t value = signed_number();
    if (value < -kFurthest || value > kFurthest) throw Error(ErrorCode::kCorrupt, "a time beyond all calendars");
    return value;
  }
  std::string words() { return std::string(take(number())); }
  bool at_end() const { return bytes_.empty(); }

 private:
  std::string_view bytes_;
};

void write_column(const ColumnCounts& counts, Bytes& bytes) {
  bytes.number(counts.cells.size());
  bytes.number(static_cast<std::uint64_t>(std::ranges::count_if(counts.cells, [](std::int64_t count) { return count != 0; })));
  std::size_t next = 0;
  for (std::size_t cell = 0; cell < counts.cells.size(); ++cell) {
    if (counts.cells[cell] == 0) continue;
    bytes.number(cell - next);
    bytes.number(static_cast<std::uint64_t>(counts.cells[cell]));
    next = cell + 1;
  }
  bytes.number(static_cast<std::uint64_t>(counts.missing));
  bytes.number(static_cast<std::uint64_t>(counts.infinite));
  bytes.fixed(counts.low);
  bytes.fixed(counts.high);
  bytes.wide(counts.sum);
  bytes.wide(counts.squares);
  bytes.number(counts.others.size());
  for (const auto& [name, count] : counts.others) {
    bytes.words(name);
    bytes.number(static_cast<std::uint64_t>(count));
  }
}

// That as many rows can have.
void expect_sums(const ColumnCounts& counts) {
  constexpr int kUnitBits = 46;  // of a row's distance from the mean, at most
  const ColumnCounts::Wide rows = counts.values();
  if (rows > static_cast<ColumnCounts::Wide>(kMostRows) || counts.sum > rows << kUnitBits || counts.sum < -(rows << kUnitBits) ||
      counts.squares < 0 || counts.squares > rows << (2 * kUnitBits))
    throw Error(ErrorCode::kCorrupt, "sums that the rows of a segment cannot have");
  if (std::isnan(counts.low) || std::isnan(counts.high)) throw Error(ErrorCode::kCorrupt, "a range without ends");
}

ColumnCounts read_column(Reader& from) {
  constexpr std::uint64_t kMostCells = 100'000;
  ColumnCounts counts;
  const std::uint64_t size = from.number();
  if (size > kMostCells) throw Error(ErrorCode::kCorrupt, "too many cells");
  counts.cells.resize(size);
  std::uint64_t cell = 0;
  for (std::uint64_t left = from.number(); left > 0; --left, ++cell) {
    const std::uint64_t skipped = from.number();
    if (skipped >= size || (cell += skipped) >= size) throw Error(ErrorCode::kCorrupt, "a cell that is not there");
    counts.cells[cell] = from.count();
  }
  counts.missing = from.count();
  counts.infinite = from.count();
  counts.low = from.fixed<double>();
  counts.high = from.fixed<double>();
  counts.sum = from.fixed<ColumnCounts::Wide>();
  counts.squares = from.fixed<ColumnCounts::Wide>();
  expect_sums(counts);
  for (std::uint64_t left = from.number(); left > 0; --left) {
    std::string name = from.words();
    counts.others[std::move(name)] = from.count();
  }
  return counts;
}

std::optional<SegmentProfile> parsed(std::string_view bytes, std::string_view segment, const std::string& fingerprint) {
  if (bytes.size() < kMagic.size() + 8 || !bytes.starts_with(kMagic)) return std::nullopt;
  const std::string_view body = bytes.substr(0, bytes.size() - 8);
  if (Reader(bytes.substr(body.size())).fixed<std::uint64_t>() != check_sum(body)) return std::nullopt;
  Reader from(body.substr(kMagic.size()));
  SegmentProfile profile;
  if (const std::string name = from.words(); !segment.empty() && name != segment) return std::nullopt;
  profile.fingerprint = from.words();
  if (!fingerprint.empty() && profile.fingerprint != fingerprint) return std::nullopt;
  for (std::int64_t* one : {&profile.rows, &profile.failed_rows, &profile.requests, &profile.failed}) *one = from.count();
  profile.first_us = from.time();
  profile.last_us = from.time();
  for (std::uint64_t left = from.number(); left > 0; --left) {
    const auto cell = static_cast<std::int32_t>(from.signed_number());
    profile.latency[cell] = from.count();
  }
  for (std::uint64_t left = from.number(); left > 0; --left) profile.columns.push_back(read_column(from));
  return from.at_end() ? std::optional(std::move(profile)) : std::nullopt;
}

Json to_json(const ColumnCells& cells) {
  Json json = {{"column", cells.column}, {"dtype", to_string(cells.dtype)}, {"categorical", cells.categorical},
               {"edges", cells.edges},   {"categories", cells.categories},  {"slack", cells.slack},
               {"mean", cells.mean},     {"deviation", cells.deviation}};
  if (!cells.scores.empty()) json["scores"] = cells.scores, json["classes"] = cells.classes;
  return json;
}

Json to_json(const ReferenceProfile& profile) {
  Json json = {{"format", "upkeep.reference-profile.1"}, {"columns", Json::array()}, {"parts", Json::array()}};
  for (const ColumnCells& cells : profile.columns) json["columns"].push_back(to_json(cells));
  for (const ReferenceProfile::Part& part : profile.parts) {
    Json one = {{"name", part.name}, {"rows", part.rows}, {"columns", Json::array()}};
    for (const ColumnCounts& counts : part.columns) one["columns"].push_back({{"cells", counts.cells}, {"missing", counts.missing}});
    json["parts"].push_back(std::move(one));
  }
  return json;
}

ReferenceProfile from_json(const Json& json) {
  ReferenceProfile profile;
  for (const Json& one : json.at("columns")) {
    ColumnCells cells{.column = one.at("column"), .dtype = dtype_from_string(one.at("dtype").get<std::string>())};
    cells.categorical = one.at("categorical");
    cells.edges = one.at("edges").get<std::vector<double>>();
    cells.categories = one.at("categories").get<std::vector<std::string>>();
    cells.slack = one.at("slack");
    cells.mean = one.at("mean");
    cells.deviation = one.at("deviation");
    if (one.contains("scores")) {
      cells.scores = one.at("scores").get<std::vector<std::string>>();
      cells.classes = one.at("classes").get<std::vector<std::string>>();
      if (!cells.categorical) throw Error(ErrorCode::kCorrupt, "classes that are not counted by name");
      if (!cells.classes.empty() && cells.classes.size() != cells.scores.size())
        throw Error(ErrorCode::kCorrupt, "other classes than scores");
    }
    if (!cells.categorical && cells.edges.empty()) throw Error(ErrorCode::kCorrupt, "a column without cells");
    if (!std::ranges::is_sorted(cells.edges) || !std::ranges::is_sorted(cells.categories))
      throw Error(ErrorCode::kCorrupt, "cells that are not in order");
    if (!(cells.deviation > 0)) throw Error(ErrorCode::kCorrupt, "a column whose deviation is not above 0");
    profile.columns.push_back(std::move(cells));
  }
  for (const Json& one : json.at("parts")) {
    ReferenceProfile::Part part{.name = one.at("name"), .rows = one.at("rows"), .columns = {}};
    for (const Json& column : one.at("columns"))
      part.columns.push_back({.cells = column.at("cells").get<std::vector<std::int64_t>>(), .missing = column.at("missing")});
    if (part.columns.size() != profile.columns.size()) throw Error(ErrorCode::kCorrupt, "a part with other columns");
    for (std::size_t i = 0; i < part.columns.size(); ++i)
      if (part.columns[i].cells.size() != profile.columns[i].size()) throw Error(ErrorCode::kCorrupt, "a column with other cells");
    profile.parts.push_back(std::move(part));
  }
  if (profile.parts.empty()) throw Error(ErrorCode::kCorrupt, "no counts of the reference");
  return profile;
}

}  // namespace

ReferenceProfile reference_profile(std::vector<ColumnCells> columns, std::vector<ReferenceProfile::Part> parts) {
  ReferenceProfile profile{.columns = std::move(columns), .parts = std::move(parts), .fingerprint = {}};
  profile.fingerprint = sha256(to_json(profile).dump());
  return profile;
}

void save_reference_profile(const ReferenceProfile& profile, const fs::path& file) { write_file(file, to_json(profile).dump()); }

ReferenceProfile load_reference_profile(const fs::path& file) {
  return in_context(file.string(), [&] {
    const std::string text = read_file(file);
    ReferenceProfile profile;
    try {
      profile = from_json(parse_json(text));
    } catch (const Json::exception& error) {
      throw Error(ErrorCode::kCorrupt, upkeep::format("no reference profile: {}", error.what()));
    }
    profile.fingerprint = sha256(text);
    return profile;
  });
}

fs::path profile_path(const fs::path& segment) { return segment.parent_path() / upkeep::format("_{}.profile", segment.stem().string()); }

std::string profile_bytes(const SegmentProfile& profile, const fs::path& segment) {
  Bytes bytes{.text = std::string(kMagic)};
  bytes.words(segment.filename().string());
  bytes.words(profile.fingerprint);
  for (const std::int64_t one : {profile.rows, profile.failed_rows, profile.requests, profile.failed})
    bytes.number(static_cast<std::uint64_t>(one));
  bytes.signed_number(profile.first_us);
  bytes.signed_number(profile.last_us);
  bytes.number(profile.latency.size());
  for (const auto& [cell, count] : profile.latency) {
    bytes.signed_number(cell);
    bytes.number(static_cast<std::uint64_t>(count));
  }
  bytes.number(profile.columns.size());
  for (const ColumnCounts& counts : profile.columns) write_column(counts, bytes);
  return with_check_sum(std::move(bytes.text));
}

std::string with_check_sum(std::string body) {
  Bytes bytes{.text = std::move(body)};
  bytes.fixed(check_sum(bytes.text));
  return std::move(bytes.text);
}

std::optional<SegmentProfile> profile_from_bytes(std::string_view bytes, std::string_view segment, const std::string& fingerprint) {
  try {
    return parsed(bytes, segment, fingerprint);
  } catch (const Error&) {
    return std::nullopt;
  }
}

void write_profile(const SegmentProfile& profile, const fs::path& segment) {
  std::ofstream out(profile_path(segment), std::ios::binary | std::ios::trunc);
  const std::string bytes = profile_bytes(profile, segment);
  out.write(bytes.data(), std::ssize(bytes));
}

std::optional<SegmentProfile> read_profile(const fs::path& segment, const std::string& fingerprint) {
  std::ifstream in(profile_path(segment), std::ios::binary | std::ios::ate);
  if (!in) return std::nullopt;
  std::string bytes(static_cast<std::size_t>(std::max<std::streamoff>(0, in.tellg())), '\0');
  in.seekg(0);
  if (!in.read(bytes.data(), std::ssize(bytes))) return std::nullopt;
  return profile_from_bytes(bytes, segment.filename().string(), fingerprint);
}

}  // namespace upkeep
