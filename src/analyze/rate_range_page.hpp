// The learning-rate range test as a page.
#pragma once

#include <string>

#include "train/rate_range.hpp"

namespace upkeep {

// A self-contained HTML page: the loss over the rate, the suggestion, how it was found.
std::string rate_range_page(const std::string& title, const RateRange& range);

}  // namespace upkeep
