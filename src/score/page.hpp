// The score as one HTML page: the sides, every item with its evidence, and the cheapest next step of each. No script is needed to read it.
#pragma once

#include <string>

#include "score/score.hpp"

namespace upkeep::score {

std::string score_page(const Score& score);

}  // namespace upkeep::score
