#include "base/format.hpp"

namespace upkeep {

std::string vformat(std::string_view text, std::format_args arguments) { return std::vformat(text, arguments); }

}  // namespace upkeep
