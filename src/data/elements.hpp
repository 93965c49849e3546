// Values of a table in the element type that a model reads: each as it is, or refused with its row. Nothing is rounded to a whole number,
// wrapped, or filled in; a number for a floating type becomes the nearest that the type has.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "upkeep/tensor.hpp"

namespace upkeep {

// Numbers and truth values of whole bytes, no complex ones.
bool is_number_type(DType dtype);

// The number that a text says, in decimal or, behind 0x, in hexadecimal digits; blanks around it and a plus sign may be there. NaN for an
// empty text, nothing for what is no number. Beyond float64's range: infinity or zero.
std::optional<double> parse_number(std::string_view text);
// The digits of a whole number, without a point or an exponent: "-9007199254740993" of "-9007199254740993.0" and of
// "-9.007199254740993e15". Nothing for other texts, and for more digits than integers of 64 bits have.
std::optional<std::string> whole_digits(std::string_view text);
// Whether more than half of the texts that are not empty are numbers.
bool mostly_numbers(const std::vector<std::string>& texts);

// The same values as elements of `dtype`; texts are read as numbers. Axis 0 is the row; rows count from 1 in messages.
// Throws Error{kInvalidArgument}: a missing value or a fraction for integers and truth values, a number outside of the type's range (finite
// ones that would become infinite included), a text that is no number, a number for texts. {kUnsupported}: types that are no numbers.
Tensor as_elements(const Tensor& values, DType dtype);

}  // namespace upkeep
