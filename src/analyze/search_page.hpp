// The page of a search for a smaller or faster model: every candidate with its metric, bytes and latency, and the front that no other
// beats.
#pragma once

#include <string>

#include "optimize/search.hpp"

namespace upkeep {

Json to_json(const SearchResult& result);
std::string search_page(const std::string& title, const SearchResult& result, Goal goal);

}  // namespace upkeep
