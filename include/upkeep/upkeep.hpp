// The whole public API of models: include this header, and use the names of namespace upkeep.
#pragma once

#include "upkeep/acceptance.hpp"    // IWYU pragma: export
#include "upkeep/choices.hpp"       // IWYU pragma: export
#include "upkeep/conversion.hpp"    // IWYU pragma: export
#include "upkeep/data.hpp"          // IWYU pragma: export
#include "upkeep/error.hpp"         // IWYU pragma: export
#include "upkeep/evaluation.hpp"    // IWYU pragma: export
#include "upkeep/history.hpp"       // IWYU pragma: export
#include "upkeep/layer.hpp"         // IWYU pragma: export
#include "upkeep/layers.hpp"        // IWYU pragma: export
#include "upkeep/model.hpp"         // IWYU pragma: export
#include "upkeep/optimization.hpp"  // IWYU pragma: export
#include "upkeep/random.hpp"        // IWYU pragma: export
#include "upkeep/sequential.hpp"    // IWYU pragma: export
#include "upkeep/setting.hpp"       // IWYU pragma: export
#include "upkeep/signature.hpp"     // IWYU pragma: export
#include "upkeep/tensor.hpp"        // IWYU pragma: export
#include "upkeep/training.hpp"      // IWYU pragma: export

// The library has names of its own in namespace upkeep; those of programs are apart from them, in upkeep::api.
namespace upkeep {
using namespace api;  // NOLINT: all names of these headers
}
