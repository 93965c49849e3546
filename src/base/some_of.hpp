// Lists of names that stay short enough for a line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace upkeep {

// "a, b, c", or, of more than `most`, "a, b, c and 52 more".
std::string some_of(const std::vector<std::string>& names, std::size_t most = 12, std::string_view separator = ", ");

}  // namespace upkeep
