#include "data/sources/text/cells.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/names.hpp"
#include "data/elements.hpp"

namespace upkeep::sources {

namespace {

// Those that Arrow knows, and more.
constexpr std::array<std::string_view, 29> kMissingWords = {
    "",    "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "N/A", "NA",  "NULL", "NaN",    "n/a",
    "nan", "null", "?",        "-",   "--",      ".",        "na",   "None", "none",   "<NA>",    "\\N", "nil", "NIL",  "missing"};

std::optional<double> number(std::string text, char decimal) {
  if (decimal != '.') {
    if (text.contains('.')) return std::nullopt;
    std::ranges::replace(text, decimal, '.');
  }
  return parse_number(text);
}

Tensor with_gaps(const Tensor& texts, char decimal, const std::function<void(const MissingWord&)>& say) {
  std::vector<double> numbers;
  std::vector<std::string> cells = texts.strings();
  MissingWord found;
  std::size_t filled = 0;
  bool exact = true;
  for (std::size_t row = 0; row < cells.size(); ++row) {
    std::string& cell = cells[row];
    const bool gap = std::ranges::contains(kMissingWords, trim(cell));
    const std::optional<double> value = gap ? std::numeric_limits<double>::quiet_NaN() : number(cell, decimal);
    if (!value) return texts;
    numbers.push_back(*value);
    filled += !gap;
    exact = exact && !is_too_exact(cell);
    if (!gap || trim(cell).empty()) continue;
    if (found.count++ == 0) found = {std::string(trim(cell)), 1, row + 1};
    cell.clear();
  }
  if (found.count == 0 || filled <= found.count) return texts;
  say(found);
  return exact ? Tensor(texts.shape(), std::move(numbers)) : Tensor(texts.shape(), std::move(cells));
}

}  // namespace

bool is_too_exact(std::string_view text) {
  text = trim(text);
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) return false;
  return std::abs(parse_number(text).value_or(0)) >= 0x1p53;
}

Tensor settled_cells(const Tensor& texts, const CellReading& reading, const std::function<void(const MissingWord&)>& say) {
  std::vector<std::string> cells = texts.strings();
  const auto begins_with_a_blank = [](const std::string& text) { return text.empty() || text.front() == ' '; };
  const bool apart = std::ranges::all_of(cells, begins_with_a_blank);  // "1, red": the blank belongs to the separator
  for (std::string& cell : cells) {
    if (apart) cell = trim(cell);
    if (std::ranges::contains(reading.missing, cell)) cell.clear();
  }
  return with_gaps(Tensor(texts.shape(), std::move(cells)), reading.decimal, say);
}

Tensor without_missing_words(const Tensor& texts) {
  std::vector<std::string> cells = texts.strings();
  for (std::string& cell : cells)
    if (std::ranges::contains(kMissingWords, trim(cell))) cell.clear();
  return Tensor(texts.shape(), std::move(cells));
}

}  // namespace upkeep::sources
