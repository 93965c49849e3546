#include "graph/text_numbers.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <vector>

#include "base/format.hpp"
#include "upkeep/error.hpp"

namespace upkeep {

namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.'; }

// "1e-40", "-0x1.8p3": digits, and what belongs to them.
std::size_t end_of_number(std::string_view text, std::size_t begin) {
  std::size_t end = begin;
  const bool hexadecimal = text.substr(begin, 2) == "0x" || text.substr(begin, 2) == "0X";
  for (; end < text.size(); ++end) {
    const char before = end > begin ? text[end - 1] : '\0';
    const bool exponent = hexadecimal ? before == 'p' || before == 'P' : before == 'e' || before == 'E';
    if (!is_word(text[end]) && !((text[end] == '-' || text[end] == '+') && exponent)) break;
  }
  return end;
}

template <typename T>
std::string written(double value) {
  const T number = static_cast<T>(value);
  if (number == 0 || std::abs(number) >= std::numeric_limits<T>::min()) return upkeep::format("{}", number);
  constexpr int kDigits =
      std::numeric_limits<T>::digits - std::numeric_limits<T>::min_exponent;  // behind the point, of the smallest number
  return upkeep::format("{:.{}f}", number, kDigits);
}

// The number in another form, where libonnx cannot read it; else empty. A sign before it stays where it is.
std::string readable(std::string_view number, bool is_double) {
  const bool hexadecimal = number.starts_with("0x") || number.starts_with("0X");
  const std::string_view digits = hexadecimal ? number.substr(2) : number;
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value,
                                            hexadecimal ? std::chars_format::hex : std::chars_format::general);
  if (end != digits.data() + digits.size() || error == std::errc::invalid_argument) return "";
  if (error == std::errc::result_out_of_range) value = std::strtod(std::string(number).c_str(), nullptr);
  const double smallest = is_double ? std::numeric_limits<double>::min() : static_cast<double>(std::numeric_limits<float>::min());
  const bool fraction = hexadecimal || number.find_first_of(".eE") != std::string_view::npos;
  if (fraction && (std::isinf(value) || (!is_double && std::isinf(static_cast<float>(value)))))
    throw Error(ErrorCode::kCorrupt, upkeep::format("the number {} is too large for {}", number, is_double ? "float64" : "float32"));
  if (!hexadecimal && (value >= smallest || (value == 0 && error == std::errc()))) return "";
  return is_double ? written<double>(value) : written<float>(value);
}

}  // namespace

std::string readable_numbers(std::string_view text) {
  std::string made;
  made.reserve(text.size());
  std::vector<char> open;  // brackets
  std::string_view type;   // the last element type that was named; tensors are "double[2] w = {1, 2}"
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    std::size_t end = at + 1;
    if (c == '#') {
      end = std::min(text.find('\n', at), text.size());
    } else if (c == '"') {
      while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
      end = std::min(end + 1, text.size());
    } else if (std::isdigit(static_cast<unsigned char>(c)) != 0) {
      end = end_of_number(text, at);
      made += [&] {
        const std::string other = readable(text.substr(at, end - at), !open.empty() && open.back() == '{' && type == "double");
        return other.empty() ? std::string(text.substr(at, end - at)) : other;
      }();
      at = end;
      continue;
    } else if (is_word(c)) {
      while (end < text.size() && is_word(text[end])) ++end;
      const std::string_view word = text.substr(at, end - at);
      if (word == "double" || word == "float") type = word;
    } else if (std::string_view("{[(<").contains(c)) {
      open.push_back(c);
    } else if (std::string_view("}])").contains(c) || (c == '>' && !made.ends_with('='))) {
      if (!open.empty()) open.pop_back();
    }
    made += text.substr(at, end - at);
    at = end;
  }
  return made;
}

}  // namespace upkeep
