// The catalogs as text: for the terminal, and as the reference page docs/reference.md.
#pragma once

#include <string>
#include <vector>

#include "base/catalog.hpp"

namespace upkeep {

std::string reference_text(const std::vector<Room>& rooms);
std::string reference_page(const std::vector<Room>& rooms);  // Markdown

}  // namespace upkeep
