#include "base/commas.hpp"

namespace upkeep {

std::vector<std::string> split_at_commas(std::string_view text) {
  std::vector<std::string> parts(1);
  int depth = 0;
  char quote = 0;
  for (const char c : text) {
    if (quote) quote = c == quote ? 0 : quote;
    else if (c == '"' || c == '\'') quote = c;
    else if (c == '[' || c == '{' || c == '(') ++depth;
    else if (c == ']' || c == '}' || c == ')') --depth;
    if (c == ',' && depth == 0 && !quote) parts.emplace_back();
    else parts.back() += c;
  }
  return parts;
}

}  // namespace upkeep
