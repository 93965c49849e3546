#include "serve/protocol/json_cursor.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/format.hpp"
#include "base/utf8.hpp"

namespace upkeep::serve {

static constexpr int kDeepest = 32;

static void append_utf8(std::string& text, std::uint32_t code) {
  const auto put = [&](std::uint32_t byte) { text += static_cast<char>(byte); };
  if (code < 0x80) return put(code);
  if (code < 0x800) return put(0xC0 | code >> 6), put(0x80 | (code & 63));
  if (code < 0x10000) return put(0xE0 | code >> 12), put(0x80 | (code >> 6 & 63)), put(0x80 | (code & 63));
  put(0xF0 | code >> 18), put(0x80 | (code >> 12 & 63)), put(0x80 | (code >> 6 & 63)), put(0x80 | (code & 63));
}

void JsonCursor::fail(std::string message) {
  if (ok()) failure_ = upkeep::format("{} (at byte {})", message, at_ - begin_);
  at_ = end_;
}

bool JsonCursor::missing_end() {
  fail(peek() == '\0' ? "the JSON ends too early" : upkeep::format("a comma or a closing bracket should stand here, not \"{}\"", token()));
  return false;
}

void JsonCursor::open(char bracket) {
  if (take(bracket)) first_ = true;
  else fail(upkeep::format("{} should stand here, not \"{}\"", bracket == '{' ? "an object" : "an array", token()));
}

bool JsonCursor::next_key(std::string& key) {
  if (!ok()) return false;
  if (take('}')) return first_ = false;
  if (!std::exchange(first_, false) && !take(',')) return missing_end();
  key = string();
  if (ok() && !take(':')) fail("a colon should stand here");
  return ok();
}

bool JsonCursor::take_null() {
  peek();
  if (token() != "null") return false;
  at_ += 4;
  return true;
}

std::optional<double> JsonCursor::take_not_finite() {
  static constexpr double kInfinity = std::numeric_limits<double>::infinity();
  static constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  static constexpr std::pair<std::string_view, double> kWords[] = {
      {"null", kNan}, {"NaN", kNan}, {"Infinity", kInfinity}, {"-Infinity", -kInfinity}};
  const char c = peek();
  if (c != 'n' && c != 'N' && c != 'I' && c != '-') return std::nullopt;
  for (const auto& [word, value] : kWords)
    if (token() == word) {
      at_ += word.size();
      return value;
    }
  return std::nullopt;
}

std::string JsonCursor::string() {
  std::string text;
  if (!take('"')) {
    fail(upkeep::format("a string should stand here, not \"{}\"", token()));
    return text;
  }
  while (at_ != end_ && *at_ != '"') {
    if (*at_ == '\\') {
      ++at_;
      append_escape(text);
      continue;
    }
    const std::size_t length = utf8_length(at_, end_);
    if (length == 0 || static_cast<unsigned char>(*at_) < 0x20) {
      fail(length == 0 ? "a string is not valid UTF-8" : "a string holds a control character");
      return {};
    }
    text.append(at_, length);
    at_ += length;
  }
  if (at_ == end_) fail("a string has no end");
  else ++at_;
  return text;
}

std::uint32_t JsonCursor::hex4() {
  std::uint32_t value = 0;
  const char* const stop = end_ - at_ >= 4 ? at_ + 4 : end_;
  const auto [after, problem] = std::from_chars(at_, stop, value, 16);
  if (problem != std::errc() || after - at_ != 4) fail("\\u needs four hexadecimal digits");
  else at_ = after;
  return value;
}

void JsonCursor::append_escape(std::string& text) {
  static constexpr std::string_view kFrom = "\"\\/bfnrt", kTo = "\"\\/\b\f\n\r\t";
  const char c = at_ == end_ ? '\0' : *at_++;
  if (const std::size_t found = kFrom.find(c); c != '\0' && found != kFrom.npos) {
    text += kTo[found];
    return;
  }
  if (c != 'u') return fail("a string holds an unknown escape");
  std::uint32_t code = hex4();
  if (code >= 0xD800 && code < 0xDC00 && end_ - at_ >= 2 && at_[0] == '\\' && at_[1] == 'u') {
    at_ += 2;
    const std::uint32_t low = hex4();
    if (low < 0xDC00 || low > 0xDFFF) return fail("half of a surrogate pair is missing");
    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
  }
  if (code >= 0xD800 && code < 0xE000) return fail("half of a surrogate pair is missing");
  append_utf8(text, code);
}

bool JsonCursor::boolean() {
  peek();
  const std::string_view word = token();
  if (word == "true" || word == "false") {
    at_ += word.size();
    return word == "true";
  }
  fail(upkeep::format("true or false should stand here, not \"{}\"", word));
  return false;
}

std::string_view JsonCursor::token() {
  const char* stop = std::find_if(
      at_, end_, [](char c) { return c == ',' || c == ']' || c == '}' || c == ':' || c == ' ' || c == '\n' || c == '\r' || c == '\t'; });
  return {at_, static_cast<std::size_t>(std::min<std::ptrdiff_t>(stop - at_, 40))};
}

std::string_view JsonCursor::skip(int depth) {
  const char c = peek();
  const char* const start = at_;
  if (depth > kDeepest) fail(upkeep::format("nested deeper than {} levels", kDeepest));
  else if (c == '{') {
    std::string key;
    for (open('{'); next_key(key);) skip(depth + 1);
  } else if (c == '[') {
    for (open('['); next_item();) skip(depth + 1);
  } else if (c == '"') {
    string();
  } else if (c == 't' || c == 'f') {
    boolean();
  } else if (!take_not_finite()) {
    number<double>();
  }
  return ok() ? std::string_view(start, static_cast<std::size_t>(at_ - start)) : std::string_view();
}

void JsonCursor::end() {
  if (ok() && peek() != '\0') fail("something follows the JSON document");
}

}  // namespace upkeep::serve
