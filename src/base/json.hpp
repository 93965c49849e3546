// JSON as we use it: keys keep their order, parse errors are our errors.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace upkeep {

using Json = nlohmann::ordered_json;

// Parses one JSON document. Throws Error{kCorrupt} with the place; nesting is limited to `max_depth` before any recursion.
Json parse_json(std::string_view text, int max_depth = 64);

// YAML 1.2 (the JSON-shaped part: maps, lists, scalars) as JSON. Plain scalars become numbers and booleans; quoted ones stay strings.
Json parse_yaml(std::string_view text);

}  // namespace upkeep
