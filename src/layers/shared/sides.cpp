#include "layers/shared/sides.hpp"

#include <algorithm>

namespace upkeep::layers {

Json same_sides(std::int64_t n, std::size_t axes) {
  const Json both = Json::array({n, n});
  return axes == 1 ? both : Json(std::vector<Json>(axes, both));
}

Sides read_sides(std::string_view setting, const Json& value, std::size_t axes) {
  if (axes == 1) {
    const Sizes both = read_sizes(setting, value, 2, 0);
    return {.before = {both[0]}, .after = {both[1]}};
  }
  const bool pairs = value.is_array() && value.size() == axes && std::ranges::all_of(value, [](const Json& one) { return one.is_array(); });
  if (!pairs) {
    const Sizes both = read_sizes(setting, value, axes, 0);
    return {.before = both, .after = both};
  }
  Sides sides;
  for (const Json& one : value) {
    const Sizes both = read_sizes(setting, one, 2, 0);
    sides.before.push_back(both[0]);
    sides.after.push_back(both[1]);
  }
  return sides;
}

}  // namespace upkeep::layers
