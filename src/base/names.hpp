// Words for people: lists of candidates and near misses.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "upkeep/error.hpp"

namespace upkeep {

// "a, b, c"
std::string join(const std::vector<std::string>& words, std::string_view separator = ", ");

// Error{code}: unknown KIND "name"; the hint gives the closest candidate first, then all of them (at most 40).
Error unknown_name(std::string_view kind, std::string_view name, const std::vector<std::string>& candidates,
                   ErrorCode code = ErrorCode::kInvalidArgument);

std::vector<std::string> split(std::string_view text, char separator);  // keeps empty parts
std::string_view trim(std::string_view text);

}  // namespace upkeep
