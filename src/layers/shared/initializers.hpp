// Keras's weight initialisers: their names, settings and distributions.
//
// As a setting, an initialiser is a name ("glorot_uniform", "GlorotUniform"), a name with settings ("random_normal:stddev=0.1"), or Keras's
// {"class_name": "RandomNormal", "config": {"stddev": 0.1}}.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "upkeep/tensor.hpp"

namespace upkeep::layers {

// Fresh values, float32. They depend on `seed` (or the initialiser's own "seed") and `weight`, the weight's full name, and on nothing else.
// Throws Error{kInvalidArgument}: unknown initialiser or setting, a shape that it cannot fill.
Tensor initial_values(const Json& initializer, const Shape& shape, std::uint64_t seed, std::string_view weight);

// The initialiser with all settings, {"class_name": "GlorotUniform", "config": {"seed": null, ...}}. Throws as above.
Json full_initializer(const Json& initializer);

// An initialiser that scales by fan-in and fan-out, told which axes of the weight they are; others, and those that say it themselves, as
// they are.
Json with_fan_axes(const Json& initializer, const std::vector<std::int64_t>& inputs, const std::vector<std::int64_t>& outputs);

}  // namespace upkeep::layers
