#include "data/elements.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>

#include "base/format.hpp"
#include "base/names.hpp"
#include "graph/element_types.hpp"
#include "upkeep/error.hpp"

namespace upkeep {

namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr double kExact = 0x1p53;  // from here on float64 does not tell neighbouring whole numbers apart

// Whole numbers of an element type: [low, high].
struct Bounds {
  DType dtype;
  std::int64_t low;
  std::uint64_t high;
};
template <typename T>
constexpr Bounds bounds_of(DType dtype) {
  return {dtype, static_cast<std::int64_t>(std::numeric_limits<T>::min()), static_cast<std::uint64_t>(std::numeric_limits<T>::max())};
}
constexpr std::array kBounds = {bounds_of<bool>(DType::kBool),
                                bounds_of<std::int8_t>(DType::kInt8),
                                bounds_of<std::int16_t>(DType::kInt16),
                                bounds_of<std::int32_t>(DType::kInt32),
                                bounds_of<std::int64_t>(DType::kInt64),
                                bounds_of<std::uint8_t>(DType::kUInt8),
                                bounds_of<std::uint16_t>(DType::kUInt16),
                                bounds_of<std::uint32_t>(DType::kUInt32),
                                bounds_of<std::uint64_t>(DType::kUInt64)};

const Bounds* bounds_for(DType dtype) {
  const auto found = std::ranges::find(kBounds, dtype, &Bounds::dtype);
  return found == kBounds.end() ? nullptr : &*found;
}

std::size_t row_of(const Tensor& values, std::size_t element) {
  const std::int64_t rows = values.rank() == 0 ? 1 : values.dim(0);
  return element / static_cast<std::size_t>(std::max<std::int64_t>(1, values.size() / std::max<std::int64_t>(1, rows))) + 1;
}

Error missing(std::size_t row, DType dtype) {
  return Error(ErrorCode::kInvalidArgument, upkeep::format("row {} is missing, and {} has no value for that", row, to_string(dtype)),
               "fill the value in, or leave the row out");
}

template <typename T>
Error not_whole(std::size_t row, const T& value, DType dtype) {
  return Error(ErrorCode::kInvalidArgument, upkeep::format("row {} holds {}, which is no {}", row, value, to_string(dtype)),
               "whole numbers are needed here");
}

template <typename T>
Error outside(std::size_t row, const T& value, const Bounds& bounds) {
  return Error(
      ErrorCode::kInvalidArgument, upkeep::format("row {} holds {}, which is outside of {}", row, value, to_string(bounds.dtype)),
      bounds.dtype == DType::kBool ? "truth values are 0 and 1" : upkeep::format("it goes from {} to {}", bounds.low, bounds.high));
}

Error not_exact(std::size_t row, std::string_view text, DType dtype) {
  return Error(ErrorCode::kInvalidArgument, upkeep::format("row {} holds {}, which may not be exact as {}", row, text, to_string(dtype)),
               "write a number of this size with all its digits");
}

Error no_number(std::size_t row, const std::string& text) {
  if (text.empty()) return Error(ErrorCode::kInvalidArgument, upkeep::format("row {} is empty, and no other row holds a number", row));
  return Error(ErrorCode::kInvalidArgument, upkeep::format("row {} holds \"{}\", which is no number", row, text),
               "correct the cell, or ignore the column");
}

Tensor whole_from_floats(const Tensor& values, const Bounds& bounds) {
  const Tensor wide = values.cast(DType::kFloat64);
  const std::span<const double> numbers = wide.data<double>();
  const auto low = static_cast<double>(bounds.low);
  const double beyond = static_cast<double>(bounds.high / 2 + 1) * 2;  // high + 1, which is a power of two
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const double value = numbers[i];
    if (std::isnan(value)) throw missing(row_of(values, i), bounds.dtype);
    if (!(value >= low && value < beyond)) throw outside(row_of(values, i), value, bounds);
    if (value != std::trunc(value)) throw not_whole(row_of(values, i), value, bounds.dtype);
  }
  return wide.cast(bounds.dtype);
}

Tensor whole_from_whole(const Tensor& values, const Bounds& bounds) {
  if (values.dtype() == DType::kUInt64) {
    const std::span<const std::uint64_t> numbers = values.data<std::uint64_t>();
    for (std::size_t i = 0; i < numbers.size(); ++i)
      if (numbers[i] > bounds.high) throw outside(row_of(values, i), numbers[i], bounds);
    return values.cast(bounds.dtype);
  }
  const Tensor wide = values.cast(DType::kInt64);
  const std::span<const std::int64_t> numbers = wide.data<std::int64_t>();
  for (std::size_t i = 0; i < numbers.size(); ++i)
    if (numbers[i] < bounds.low || std::cmp_greater(numbers[i], bounds.high)) throw outside(row_of(values, i), numbers[i], bounds);
  return wide.cast(bounds.dtype);
}

// A finite number stays finite, or is refused.
Tensor to_floats(const Tensor& values, DType dtype) {
  Tensor made = values.cast(dtype);
  if (dtype == DType::kFloat64 || (dtype == DType::kFloat32 && values.dtype() != DType::kFloat64)) return made;
  const Tensor before = values.cast(DType::kFloat64), after = made.cast(DType::kFloat32);
  const std::span<const double> from = before.data<double>();
  const std::span<const float> to = after.floats();
  for (std::size_t i = 0; i < from.size(); ++i)
    if (std::isfinite(from[i]) && !std::isfinite(to[i]))
      throw Error(ErrorCode::kInvalidArgument,
                  upkeep::format("row {} holds {}, which is too large for {}", row_of(values, i), from[i], to_string(dtype)),
                  "scale the column");
  return made;
}

// --- texts ----------------------------------------------------------------------------------------------------------

// Without blanks and plus sign.
std::string_view bare(std::string_view text) {
  text = trim(text);
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  return text;
}

std::optional<double> read_digits(std::string_view text) {
  const bool negative = text.starts_with('-');
  std::string_view digits = text.substr(negative ? 1 : 0);
  const bool hexadecimal = digits.starts_with("0x") || digits.starts_with("0X");
  if (hexadecimal) digits.remove_prefix(2);
  if (digits.empty() || digits.front() == '-') return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value,
                                            hexadecimal ? std::chars_format::hex : std::chars_format::general);
  if (end != digits.data() + digits.size() || error == std::errc::invalid_argument) return std::nullopt;
  if (error == std::errc::result_out_of_range) value = std::strtod(std::string(text.substr(negative ? 1 : 0)).c_str(), nullptr);
  return negative ? -value : value;
}

// A whole number of any size that is written with digits only.
template <typename T>
std::optional<T> read_whole(std::string_view text) {
  T value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

std::optional<bool> read_truth(std::string_view text) {
  for (const char* word : {"true", "True", "TRUE"})
    if (text == word) return true;
  for (const char* word : {"false", "False", "FALSE"})
    if (text == word) return false;
  return std::nullopt;
}

bool are_digits(std::string_view text) { return text.find_first_not_of("0123456789") == std::string_view::npos; }

bool has_digits_only(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && are_digits(text);
}

constexpr int kMostDigits = 20;  // of 2^64 - 1

// What stands behind "e", or 0.
std::optional<int> exponent_of(std::string_view text) {
  const std::size_t mark = text.find_first_of("eE");
  if (mark == std::string_view::npos) return 0;
  text.remove_prefix(mark + 1);
  if (text.starts_with('+') && text.size() > 1 && text[1] != '-') text.remove_prefix(1);
  return read_whole<int>(text);
}

template <typename T>
Tensor whole_from_texts(const Tensor& texts, const Bounds& bounds) {
  std::vector<T> numbers;
  numbers.reserve(texts.strings().size());
  for (const std::string& cell : texts.strings()) {
    const std::string_view text = bare(cell);
    const std::size_t row = row_of(texts, numbers.size());
    if (text.empty()) throw missing(row, bounds.dtype);
    if (const std::optional<T> whole = read_whole<T>(whole_digits(text).value_or(std::string(text)))) {
      numbers.push_back(*whole);
    } else if (const std::optional<bool> truth = read_truth(text); truth && bounds.dtype == DType::kBool) {
      numbers.push_back(*truth ? 1 : 0);
    } else {
      const std::optional<double> value = parse_number(cell);
      if (!value) throw no_number(row, cell);
      if (std::isnan(*value)) throw missing(row, bounds.dtype);
      if (has_digits_only(text) || !std::isfinite(*value)) throw outside(row, text, bounds);
      if (*value != std::trunc(*value)) throw not_whole(row, text, bounds.dtype);
      if (std::abs(*value) >= kExact) throw not_exact(row, text, bounds.dtype);
      if (std::is_unsigned_v<T> && *value < 0) throw outside(row, text, bounds);
      numbers.push_back(static_cast<T>(*value));
    }
  }
  return whole_from_whole(Tensor(texts.shape(), std::move(numbers)), bounds);
}

Tensor numbers_from_texts(const Tensor& texts) {
  std::vector<double> numbers;
  numbers.reserve(texts.strings().size());
  bool any = texts.size() == 0;
  for (const std::string& cell : texts.strings()) {
    const std::optional<double> value = parse_number(cell);
    const std::size_t row = row_of(texts, numbers.size());
    if (!value) throw no_number(row, cell);
    if (std::isinf(*value) && bare(cell).find_first_of("0123456789") != std::string_view::npos)
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("row {} holds {}, which is too large for float64", row, cell));
    numbers.push_back(*value);
    any = any || !std::isnan(*value);
  }
  if (!any) throw no_number(1, "");
  return Tensor(texts.shape(), std::move(numbers));
}

}  // namespace

bool is_number_type(DType dtype) { return is_floating(dtype) || bounds_for(dtype) != nullptr; }

std::optional<double> parse_number(std::string_view text) {
  text = bare(text);
  return text.empty() ? kMissing : read_digits(text);
}

std::optional<std::string> whole_digits(std::string_view text) {
  text = bare(text);
  const std::string sign = text.starts_with('-') ? "-" : "";
  text.remove_prefix(sign.size());
  const std::optional<int> exponent = exponent_of(text);
  text = text.substr(0, text.find_first_of("eE"));
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::string_view fraction = text.substr(std::min(point + 1, text.size()));
  std::string digits = std::string(text.substr(0, point)) + std::string(fraction);
  if (!exponent || digits.empty() || !are_digits(digits)) return std::nullopt;
  const std::int64_t wanted = static_cast<std::int64_t>(point) + *exponent;  // digits in front of the point
  if (wanted < std::ssize(digits)) {
    const auto behind = static_cast<std::size_t>(std::max<std::int64_t>(0, wanted));
    if (digits.find_first_not_of('0', behind) != std::string::npos) return std::nullopt;
    digits.resize(behind);
  }
  digits.erase(0, digits.find_first_not_of('0'));
  if (digits.empty()) return "0";
  const std::int64_t zeros = wanted - static_cast<std::int64_t>(point + fraction.size());
  if (std::ssize(digits) + std::max<std::int64_t>(0, zeros) > kMostDigits) return std::nullopt;
  if (zeros > 0) digits.append(static_cast<std::size_t>(zeros), '0');
  return sign + digits;
}

bool mostly_numbers(const std::vector<std::string>& texts) {
  std::size_t numbers = 0;
  std::size_t filled = 0;
  for (const std::string& text : texts) {
    if (trim(text).empty()) continue;
    ++filled;
    numbers += parse_number(text).has_value();
  }
  return numbers * 2 > filled;
}

Tensor as_elements(const Tensor& values, DType dtype) {
  const bool texts = values.dtype() == DType::kString;
  if (values.dtype() == dtype) return values;
  if (dtype == DType::kString)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("{}{} holds no texts", to_string(values.dtype()), to_string(values.shape())));
  for (const DType one : {values.dtype(), dtype})
    if (one != DType::kString && !is_number_type(one))
      throw Error(ErrorCode::kUnsupported, upkeep::format("elements of type {} are not read from tables", to_string(one)));
  const Bounds* bounds = bounds_for(dtype);
  if (!bounds) return to_floats(texts ? numbers_from_texts(values) : values, dtype);
  if (texts)
    return dtype == DType::kUInt64 ? whole_from_texts<std::uint64_t>(values, *bounds) : whole_from_texts<std::int64_t>(values, *bounds);
  return bounds_for(values.dtype()) ? whole_from_whole(values, *bounds) : whole_from_floats(values, *bounds);
}

}  // namespace upkeep
