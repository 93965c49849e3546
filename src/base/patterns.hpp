// Names by pattern: '*' stands for any run of characters.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace upkeep {

inline bool matches_pattern(std::string_view pattern, std::string_view name) {
  if (pattern.empty()) return name.empty();
  if (pattern.front() != '*') return !name.empty() && pattern.front() == name.front() && matches_pattern(pattern.substr(1), name.substr(1));
  while (pattern.starts_with("**")) pattern.remove_prefix(1);
  for (std::size_t skip = 0; skip <= name.size(); ++skip)
    if (matches_pattern(pattern.substr(1), name.substr(skip))) return true;
  return false;
}

inline bool matches_any(const std::vector<std::string>& patterns, std::string_view name) {
  return std::ranges::any_of(patterns, [&](const std::string& pattern) { return matches_pattern(pattern, name); });
}

}  // namespace upkeep
