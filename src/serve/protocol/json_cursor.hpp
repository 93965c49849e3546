// Reads JSON in one pass and without a tree, because a request may be a million numbers. The first failure sticks: everything after it
// answers "nothing there", so that a caller may read on and ask ok() once.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

namespace upkeep::serve {

class JsonCursor {
 public:
  explicit JsonCursor(std::string_view text) : at_(text.data()), begin_(text.data()), end_(text.data() + text.size()) {}

  bool ok() const { return failure_.empty(); }
  const std::string& failure() const { return failure_; }
  void fail(std::string message);  // kept with the place, unless there is one already

  // The next character that is no white space; '\0' at the end.
  char peek() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
    return at_ == end_ ? '\0' : *at_;
  }
  bool take(char expected) {
    if (peek() != expected) return false;
    ++at_;
    return true;
  }

  //   for (cursor.open('{'); cursor.next_key(key);) ...       for (cursor.open('['); cursor.next_item();) ...
  void open(char bracket);
  bool next_key(std::string& key);  // false: the object is read, or has failed
  bool next_item() {                // false: the array is read, or has failed
    const char c = peek();
    if (c == ']') {
      ++at_;
      first_ = false;
      return false;
    }
    if (first_) {
      first_ = false;
      return c != '\0' || missing_end();
    }
    if (c != ',') return missing_end();
    ++at_;
    return true;
  }

  bool take_null();  // where null says the same as nothing
  std::string string();
  bool boolean();
  template <typename T>
  T number();
  // A number, or what JSON has no number for: null (a gap) and NaN, Infinity, -Infinity, as Python writes them.
  template <std::floating_point T>
  T floating() {
    const std::optional<double> value = take_not_finite();
    return value ? static_cast<T>(*value) : number<T>();
  }
  std::string_view skip(int depth = 0);  // any value; returns its text
  void end();                            // nothing may follow

 private:
  std::optional<double> take_not_finite();
  bool missing_end();
  void append_escape(std::string& text);
  std::uint32_t hex4();
  std::string_view token();  // up to the next delimiter: for messages

  const char* at_;
  const char* begin_;
  const char* end_;
  bool first_ = false;  // just behind an opening bracket
  std::string failure_;
};

// NaN, Infinity, what does not fit into T, and for integers what is no integer, are failures.
template <typename T>
T JsonCursor::number() {
  T value{};
  const char c = peek();
  const char first_digit = c == '-' && at_ + 1 != end_ ? at_[1] : c;
  if (first_digit < '0' || first_digit > '9') {
    fail("a number should stand here, not \"" + std::string(token()) + "\"");
    return value;
  }
  const auto [after, problem] = std::from_chars(at_, end_, value);
  if (problem != std::errc()) {
    if constexpr (std::floating_point<T>) {  // too small is zero, or what is left of it; too large is a failure
      const double wide = std::strtod(std::string(at_, after).c_str(), nullptr);
      if (wide > -1 && wide < 1) {
        at_ = after;
        return static_cast<T>(wide);
      }
    }
    fail(std::string(token()) + " does not fit the type");  // or is negative, where the type has no sign
    return value;
  }
  if (after != end_ && (*after == '.' || *after == 'e' || *after == 'E')) {
    fail(std::string(token()) + " is not an integer");
    return value;
  }
  at_ = after;
  return value;
}

}  // namespace upkeep::serve
