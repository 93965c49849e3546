// How much is added or taken at both ends of each spatial axis: ZeroPadding's `padding`, Cropping's `cropping`.
#pragma once

#include "layers/shared/window.hpp"

namespace upkeep::layers {

struct Sides {
  Sizes before;
  Sizes after;
};

// 1: a number or [before, after]. More axes: a number, [of an axis, ...] or [[before, after], ...].
Sides read_sides(std::string_view setting, const Json& value, std::size_t axes);
// [[n, n], ...], as Keras writes it; [n, n] for one axis.
Json same_sides(std::int64_t n, std::size_t axes);

}  // namespace upkeep::layers
