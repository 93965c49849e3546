// Which elements of two sequences go together.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace upkeep {

// A longest common subsequence of equal keys: indices into both, ascending. Time and memory grow with the product of the lengths of what is
// left without a common beginning and end; beyond 10^8 that middle is left unmatched.
std::vector<std::pair<std::size_t, std::size_t>> longest_common(const std::vector<std::string>& first,
                                                                const std::vector<std::string>& second);

// Places of a sequence of different numbers that have to move for the rest to ascend: as few as can be.
std::vector<std::size_t> out_of_order(const std::vector<std::size_t>& sequence);

}  // namespace upkeep
