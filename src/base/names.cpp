#include "base/names.hpp"

#include <algorithm>
#include <numeric>

#include "base/format.hpp"
#include "base/other_words.hpp"

namespace upkeep {

namespace {

// Levenshtein distance, two rows.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0U);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substitute = diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substitute});
    }
  }
  return row[b.size()];
}

// What the name stands for elsewhere, else what is spelt almost like it, else names that have it in them; at most three.
std::vector<std::string> nearest(std::string_view name, const std::vector<std::string>& candidates) {
  std::vector<std::string> near = meant_by(name, candidates);
  const auto closest = std::ranges::min_element(candidates, {}, [&](const std::string& c) { return edit_distance(name, c); });
  if (near.empty() && closest != candidates.end() && edit_distance(name, *closest) <= std::max<std::size_t>(2, name.size() / 3))
    near.push_back(*closest);
  const std::string plain = plain_letters(name);
  if (near.empty() && plain.size() > 2)
    std::ranges::copy_if(candidates, std::back_inserter(near), [&](const std::string& c) { return plain_letters(c).contains(plain); });
  near.resize(std::min<std::size_t>(near.size(), 3));
  return near;
}

// "a", "b" or "c"
std::string quoted(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i)
    text += upkeep::format("{}\"{}\"", i == 0 ? "" : i + 1 == words.size() ? " or " : ", ", words[i]);
  return text;
}

}  // namespace

std::string join(const std::vector<std::string>& words, std::string_view separator) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += separator;
    text += word;
  }
  return text;
}

Error unknown_name(std::string_view kind, std::string_view name, const std::vector<std::string>& candidates, ErrorCode code) {
  std::string hint;
  if (const std::vector<std::string> near = nearest(name, candidates); !near.empty())
    hint = upkeep::format("did you mean {}? ", quoted(near));
  constexpr std::size_t kMost = 40;
  if (candidates.empty()) {
    hint += "there are none";
  } else if (candidates.size() <= kMost) {
    hint += "known: " + join(candidates);
  } else {
    hint += upkeep::format("known: {}, and {} more", join({candidates.begin(), candidates.begin() + kMost}), candidates.size() - kMost);
  }
  return Error(code, upkeep::format("unknown {} \"{}\"", kind, name), hint);
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const auto at = text.find(separator);
    parts.emplace_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

}  // namespace upkeep
