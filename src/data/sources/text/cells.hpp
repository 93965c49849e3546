// Cells of a text file that Arrow left as texts: blanks that belong to separators, words for missing values, numbers in other forms.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "upkeep/tensor.hpp"

namespace upkeep::sources {

struct CellReading {
  char decimal = '.';
  std::vector<std::string> missing;  // texts that stand for missing values in every column
};

// A word that is read as missing, in how many rows, and the first of them, from 1.
struct MissingWord {
  std::string word;
  std::size_t count = 0;
  std::size_t first_row = 0;
};

// A column of numbers but for words such as "?" and "NA" becomes float64 with gaps, or stays text, with empty cells, where float64 would
// change a whole number; `say` is told. Beside a decimal comma, points between thousands are read over. Other texts stay texts. Throws
// Error{kInvalidArgument} for numbers with a point that is neither.
Tensor settled_cells(const Tensor& texts, const CellReading& reading, const std::function<void(const MissingWord&)>& say);

// "1.234.567" and "-1.234,5": digits in groups of three with points between them, and what stands behind a decimal comma. Without the
// points; nullopt: it is none.
std::optional<std::string> without_points_of_thousands(std::string_view text);

// The same number with a point in front of its decimals, and none between thousands.
std::string with_decimal_point(std::string text, char decimal);

// A number that looks whole as float64 and may be another one, or have decimals: with all digits, with a point, or with an exponent.
bool is_too_exact(std::string_view text);

// Texts with empty cells for the words that mean a missing number.
Tensor without_missing_words(const Tensor& texts);

}  // namespace upkeep::sources
