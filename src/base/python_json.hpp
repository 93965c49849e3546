// JSON as Python's json module writes and reads it: with NaN, Infinity and -Infinity, which JSON itself does not have. Keras's files have
// them, where a layer or an operation is given such a number.
#pragma once

#include <string>
#include <string_view>

#include "base/json.hpp"

namespace upkeep {

// As parse_json(), and these three words become numbers.
Json parse_python_json(std::string_view text, int max_depth = 64);
// Numbers that are not finite by these words; Json::dump() makes nulls of them. Bytes that are not UTF-8 are replaced.
std::string dump_python_json(const Json& json);

}  // namespace upkeep
