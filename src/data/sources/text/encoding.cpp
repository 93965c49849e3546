#include "data/sources/text/encoding.hpp"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <memory>

#include "base/format.hpp"
#include "base/utf8.hpp"
#include "upkeep/error.hpp"

namespace upkeep::sources {

namespace {

constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";
constexpr std::string_view kLittleMark = "\xFF\xFE";
constexpr std::string_view kBigMark = "\xFE\xFF";

// Windows-1252 from 0x80 on, where it differs from Latin-1 (https://encoding.spec.whatwg.org/index-windows-1252.txt).
constexpr std::array<std::uint16_t, 32> kWindows1252 = {
    0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x008D, 0x017D, 0x008F,
    0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178};

std::string from_one_byte(std::string_view bytes, bool windows) {
  std::string text;
  text.reserve(bytes.size() + bytes.size() / 8);
  for (const char one : bytes) {
    const auto byte = static_cast<std::uint8_t>(one);
    append_utf8(text, windows && byte >= 0x80 && byte < 0xA0 ? kWindows1252[byte - 0x80U] : byte);
  }
  return text;
}

Error no_text(std::string_view before, const std::string& encoding) {
  return Error(ErrorCode::kCorrupt, upkeep::format("line {} is no text in {}", std::ranges::count(before, '\n') + 1, encoding),
               "encoding=NAME behind the file's name says which encoding it is");
}

std::string from_utf16(std::string_view bytes, bool big) {
  std::string text;
  text.reserve(bytes.size());
  const auto unit = [&](std::size_t at) {
    const auto first = static_cast<std::uint8_t>(bytes[at]), second = static_cast<std::uint8_t>(bytes[at + 1]);
    return static_cast<std::uint32_t>(big ? first << 8U | second : second << 8U | first);
  };
  for (std::size_t at = 0; at < bytes.size(); at += 2) {
    if (at + 1 == bytes.size()) throw no_text(text, "UTF-16");
    std::uint32_t c = unit(at);
    if (c >= 0xD800 && c < 0xE000) {
      const std::uint32_t low = c < 0xDC00 && at + 3 < bytes.size() ? unit(at + 2) : 0;
      if (low < 0xDC00 || low >= 0xE000) throw no_text(text, "UTF-16");
      c = 0x10000 + ((c - 0xD800) << 10U) + (low - 0xDC00);
      at += 2;
    }
    append_utf8(text, c);
  }
  return text;
}

struct CloseConverter {
  void operator()(iconv_t converter) const { iconv_close(converter); }
};

std::string by_iconv(std::string_view bytes, const std::string& encoding) {
  const iconv_t opened = iconv_open("UTF-8", encoding.c_str());
  if (opened == reinterpret_cast<iconv_t>(-1))
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("unknown encoding \"{}\"", encoding),
                "utf-8, utf-16, latin-1, windows-1252, or a name that `iconv -l` lists");
  const std::unique_ptr<void, CloseConverter> converter(opened);
  std::string text;
  std::array<char, 1 << 16> block;
  char* from = const_cast<char*>(bytes.data());  // iconv reads through it only
  std::size_t left = bytes.size();
  while (left > 0) {
    char* to = block.data();
    std::size_t room = block.size();
    const bool failed = iconv(opened, &from, &left, &to, &room) == static_cast<std::size_t>(-1) && errno != E2BIG;
    text.append(block.data(), block.size() - room);
    if (failed) throw no_text(text, encoding);
  }
  return text;
}

// Letters as in English make every second byte a zero.
bool has_zeros_at(std::string_view bytes, std::size_t offset) {
  std::size_t zeros = 0, all = 0;
  for (std::size_t at = offset; at < bytes.size(); at += 2, ++all) zeros += bytes[at] == '\0';
  return all > 1 && zeros * 10 > all * 9;
}

std::string simple_name(std::string_view name) {
  std::string simple;
  for (const char c : name)
    if (c != '-' && c != '_' && c != ' ') simple += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return simple;
}

std::string_view without(std::string_view bytes, std::string_view mark) {
  return bytes.starts_with(mark) ? bytes.substr(mark.size()) : bytes;
}

}  // namespace

std::string detect_encoding(std::string_view bytes) {
  const std::string_view head = bytes.substr(0, 4096);
  if (bytes.starts_with(kLittleMark)) return "utf-16-le";
  if (bytes.starts_with(kBigMark)) return "utf-16-be";
  if (head.contains('\0')) {
    if (head.size() > 3 && has_zeros_at(head, 1) && !has_zeros_at(head, 0)) return "utf-16-le";
    if (head.size() > 3 && has_zeros_at(head, 0) && !has_zeros_at(head, 1)) return "utf-16-be";
    throw Error(ErrorCode::kCorrupt, "the file is binary, not text of comma-separated values");
  }
  return valid_utf8(bytes) ? "utf-8" : "windows-1252";
}

std::string to_utf8(std::string_view bytes, const std::string& encoding) {
  const std::string name = simple_name(encoding);
  if (name == "utf8") {
    bytes = without(bytes, kUtf8Mark);
    if (valid_utf8(bytes)) return std::string(bytes);
    std::size_t good = 0;
    while (const std::size_t length = utf8_length(bytes.data() + good, bytes.data() + bytes.size())) good += length;
    throw no_text(bytes.substr(0, good), "UTF-8");
  }
  if (name == "latin1" || name == "iso88591") return from_one_byte(bytes, false);
  if (name == "windows1252" || name == "cp1252") return from_one_byte(bytes, true);
  if (name == "utf16be" || (name == "utf16" && bytes.starts_with(kBigMark))) return from_utf16(without(bytes, kBigMark), true);
  if (name == "utf16le" || name == "utf16") return from_utf16(without(bytes, kLittleMark), false);
  return by_iconv(bytes, encoding);
}

}  // namespace upkeep::sources
