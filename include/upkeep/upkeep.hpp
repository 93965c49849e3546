// The whole public API.
#pragma once

#include "upkeep/error.hpp"       // IWYU pragma: export
#include "upkeep/history.hpp"     // IWYU pragma: export
#include "upkeep/layers.hpp"      // IWYU pragma: export
#include "upkeep/random.hpp"      // IWYU pragma: export
#include "upkeep/sequential.hpp"  // IWYU pragma: export
#include "upkeep/tensor.hpp"      // IWYU pragma: export
