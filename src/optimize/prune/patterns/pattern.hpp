// Patterns of zeros: which elements of a kernel become zero together, and how many of which. A member divides the elements into units, and
// may say of runs of units how many stay; else the sparsity does.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/catalog.hpp"
#include "optimize/prune/shared/kernel_places.hpp"

namespace upkeep::pruning {

// A kernel's elements, divided.
struct Units {
  std::vector<std::uint32_t> of;                 // the unit of each element; units count from 0 without gaps
  std::vector<std::vector<std::uint32_t>> runs;  // units that are ranked among themselves; none: all of them, down to the sparsity
  std::vector<std::size_t> gone;                 // of each run, how many units become zero
};

struct PatternEntry {
  std::string name;  // "n-of-m"
  std::string help;
  Settings settings;
  // `places` is empty where nobody knows what the kernel's elements multiply; Throws Error{kFailedPrecondition} where the pattern needs it.
  std::function<Units(const Json& settings, std::size_t elements, const std::optional<KernelPlaces>& places)> units;
  bool says_how_many = false;  // whether it makes runs, which leave the sparsity nothing to say
};
using PatternCatalog = Catalog<PatternEntry>;

}  // namespace upkeep::pruning

namespace upkeep::pruning::patterns {
const PatternCatalog& catalog();
}
