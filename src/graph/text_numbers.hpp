// Numbers of ONNX text that libonnx's parser cannot read.
#pragma once

#include <string>
#include <string_view>

namespace upkeep {

// The same text with subnormal and hexadecimal numbers as decimal numbers of the same value. libonnx reads numbers with std::stof and
// std::stod, which refuse a subnormal result unless it is exact: such a number is written with all of its digits. Throws Error{kCorrupt}
// for a number that is too large for its type.
std::string readable_numbers(std::string_view text);

}  // namespace upkeep
