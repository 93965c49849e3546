// The page of a search for a smaller or faster model: every candidate with its metric, bytes and latency, and the front that no other
// beats.
#pragma once

#include <string>

#include "optimize/search.hpp"

namespace upkeep {

Json to_json(const SearchResult& result);
// With what each operator of `before` and of the chosen model costs, measured here.
std::string search_page(const std::string& title, const Model& before, const SearchResult& result, Goal goal);

}  // namespace upkeep
