#include "analyze/match.hpp"

#include <algorithm>
#include <cstdint>

namespace upkeep {
namespace {

using Pairs = std::vector<std::pair<std::size_t, std::size_t>>;
constexpr std::size_t kLargestTable = 100'000'000;

// lengths[i][j]: of the longest common subsequence of what follows i and j.
Pairs common_middle(const std::vector<std::string>& first, const std::vector<std::string>& second, std::size_t begin, std::size_t first_end,
                    std::size_t second_end) {
  const std::size_t rows = first_end - begin;
  const std::size_t columns = second_end - begin;
  if (rows == 0 || columns == 0 || rows > kLargestTable / columns) return {};
  std::vector<std::uint32_t> lengths((rows + 1) * (columns + 1), 0);
  const auto length = [&](std::size_t i, std::size_t j) -> std::uint32_t& { return lengths[i * (columns + 1) + j]; };
  for (std::size_t i = rows; i-- > 0;)
    for (std::size_t j = columns; j-- > 0;)
      length(i, j) = first[begin + i] == second[begin + j] ? length(i + 1, j + 1) + 1 : std::max(length(i + 1, j), length(i, j + 1));
  Pairs pairs;
  for (std::size_t i = 0, j = 0; i < rows && j < columns;) {
    if (first[begin + i] == second[begin + j]) pairs.emplace_back(begin + i++, begin + j++);
    else if (length(i + 1, j) >= length(i, j + 1)) ++i;
    else ++j;
  }
  return pairs;
}

}  // namespace

Pairs longest_common(const std::vector<std::string>& first, const std::vector<std::string>& second) {
  Pairs pairs;
  std::size_t begin = 0;
  const std::size_t shorter = std::min(first.size(), second.size());
  for (; begin < shorter && first[begin] == second[begin]; ++begin) pairs.emplace_back(begin, begin);
  std::size_t tail = 0;
  while (begin + tail < shorter && first[first.size() - 1 - tail] == second[second.size() - 1 - tail]) ++tail;
  std::ranges::copy(common_middle(first, second, begin, first.size() - tail, second.size() - tail), std::back_inserter(pairs));
  for (; tail > 0; --tail) pairs.emplace_back(first.size() - tail, second.size() - tail);
  return pairs;
}

// By a longest ascending subsequence (patience sorting).
std::vector<std::size_t> out_of_order(const std::vector<std::size_t>& sequence) {
  constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::vector<std::size_t> ends;  // place of the smallest number that an ascending subsequence of each length ends with
  std::vector<std::size_t> before(sequence.size(), kNone);
  for (std::size_t i = 0; i < sequence.size(); ++i) {
    const auto at = std::ranges::lower_bound(ends, sequence[i], {}, [&](std::size_t place) { return sequence[place]; });
    if (at != ends.begin()) before[i] = *std::prev(at);
    if (at == ends.end()) ends.push_back(i);
    else *at = i;
  }
  std::vector<bool> stays(sequence.size(), false);
  for (std::size_t i = ends.empty() ? kNone : ends.back(); i != kNone; i = before[i]) stays[i] = true;
  std::vector<std::size_t> moved;
  for (std::size_t i = 0; i < sequence.size(); ++i)
    if (!stays[i]) moved.push_back(i);
  return moved;
}

}  // namespace upkeep
