#include "data/sources/text/cells.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/format.hpp"
#include "base/names.hpp"
#include "data/elements.hpp"

namespace upkeep::sources {

namespace {

// Those that Arrow knows, and more.
constexpr std::array<std::string_view, 29> kMissingWords = {
    "",    "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "N/A", "NA",  "NULL", "NaN",    "n/a",
    "nan", "null", "?",        "-",   "--",      ".",        "na",   "None", "none",   "<NA>",    "\\N", "nil", "NIL",  "missing"};

std::optional<double> number(const std::string& text, char decimal) {
  if (decimal == '.') return parse_number(text);
  if (text.contains('.') && !without_points_of_thousands(text)) return std::nullopt;
  return parse_number(with_decimal_point(text, decimal));
}

bool is_gap(const std::string& cell) { return std::ranges::contains(kMissingWords, trim(cell)); }

// With a decimal comma, "1.5" is no number, and would be one to whoever reads the text.
void refuse_points(const std::vector<std::string>& cells, char decimal) {
  const auto with_point = [&](const std::string& cell) { return cell.contains('.') && !is_gap(cell) && !number(cell, decimal); };
  const auto found = std::ranges::find_if(cells, with_point);
  const auto is_number_to_somebody = [&](const std::string& cell) { return is_gap(cell) || number(cell, decimal) || parse_number(cell); };
  if (found == cells.end() || !std::ranges::all_of(cells, is_number_to_somebody)) return;
  throw Error(ErrorCode::kInvalidArgument,
              upkeep::format("row {} holds \"{}\", whose point is neither the decimal mark (\"{}\") nor between thousands",
                             found - cells.begin() + 1, *found, decimal),
              "FILE:decimal=. reads points as decimal marks");
}

Tensor with_gaps(const Tensor& texts, char decimal, const std::function<void(const MissingWord&)>& say) {
  std::vector<double> numbers;
  std::vector<std::string> cells = texts.strings();
  MissingWord found;
  std::size_t filled = 0;
  bool exact = true;
  for (std::size_t row = 0; row < cells.size(); ++row) {
    std::string& cell = cells[row];
    const bool gap = is_gap(cell);
    const std::optional<double> value = gap ? std::numeric_limits<double>::quiet_NaN() : number(cell, decimal);
    if (!value) return texts;
    numbers.push_back(*value);
    filled += !gap;
    if (decimal != '.') cell = with_decimal_point(cell, decimal);
    exact = exact && !is_too_exact(cell);
    if (!gap || trim(cell).empty()) continue;
    if (found.count++ == 0) found = {std::string(trim(cell)), 1, row + 1};
    cell.clear();
  }
  const auto has_points = [](const std::string& cell) { return cell.contains('.'); };
  const bool thousands = decimal != '.' && filled > 0 && std::ranges::any_of(texts.strings(), has_points);
  if (!thousands && (found.count == 0 || filled <= found.count)) return texts;
  if (found.count > 0) say(found);
  return exact ? Tensor(texts.shape(), std::move(numbers)) : Tensor(texts.shape(), std::move(cells));
}

}  // namespace

std::optional<std::string> without_points_of_thousands(std::string_view text) {
  text = trim(text);
  const std::string_view sign = text.starts_with('-') || text.starts_with('+') ? text.substr(0, 1) : "";
  const std::size_t comma = std::min(text.find(','), text.size());
  std::string_view whole = text.substr(0, comma).substr(sign.size());
  const auto is_digits = [](std::string_view part) {
    return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
  };
  std::string digits(whole.substr(0, whole.find('.')));
  if (!is_digits(digits) || digits.size() > 3 || digits.size() == whole.size()) return std::nullopt;
  for (whole.remove_prefix(digits.size()); !whole.empty(); whole.remove_prefix(4)) {
    if (whole.size() < 4 || whole[0] != '.' || !is_digits(whole.substr(1, 3))) return std::nullopt;
    digits += whole.substr(1, 3);
  }
  if (comma < text.size() && !is_digits(text.substr(comma + 1))) return std::nullopt;
  return std::string(sign) + digits + std::string(text.substr(comma));
}

std::string with_decimal_point(std::string text, char decimal) {
  if (text.contains('.')) text = without_points_of_thousands(text).value_or(text);
  std::ranges::replace(text, decimal, '.');
  return text;
}

bool is_too_exact(std::string_view text) {
  text = trim(text);
  const std::string_view unsigned_text = text.substr(text.starts_with('-') || text.starts_with('+') ? 1 : 0);
  const double value = parse_number(text).value_or(0);
  if (!(std::abs(value) >= 0x1p53)) return false;
  if (unsigned_text.find_first_not_of("0123456789") == std::string_view::npos) return true;
  if (std::abs(value) >= 0x1p64) return false;  // no integer
  const std::optional<std::string> digits = whole_digits(text);
  return !digits || *digits != upkeep::format("{:.0f}", value);
}

Tensor settled_cells(const Tensor& texts, const CellReading& reading, const std::function<void(const MissingWord&)>& say) {
  std::vector<std::string> cells = texts.strings();
  const auto begins_with_a_blank = [](const std::string& text) { return text.empty() || text.front() == ' '; };
  const bool apart = std::ranges::all_of(cells, begins_with_a_blank);  // "1, red": the blank belongs to the separator
  for (std::string& cell : cells) {
    if (apart) cell = trim(cell);
    if (std::ranges::contains(reading.missing, cell)) cell.clear();
  }
  if (reading.decimal != '.') refuse_points(cells, reading.decimal);
  return with_gaps(Tensor(texts.shape(), std::move(cells)), reading.decimal, say);
}

Tensor without_missing_words(const Tensor& texts) {
  std::vector<std::string> cells = texts.strings();
  for (std::string& cell : cells)
    if (std::ranges::contains(kMissingWords, trim(cell))) cell.clear();
  return Tensor(texts.shape(), std::move(cells));
}

}  // namespace upkeep::sources
