#include "base/some_of.hpp"

#include "base/format.hpp"
#include "base/names.hpp"

namespace upkeep {

std::string some_of(const std::vector<std::string>& names, std::size_t most, std::string_view separator) {
  if (names.size() <= most) return join(names, separator);
  const auto end = names.begin() + static_cast<std::ptrdiff_t>(most);
  return upkeep::format("{} and {} more", join({names.begin(), end}, separator), names.size() - most);
}

}  // namespace upkeep
