// Blocks of a kernel as a matrix (Gray, Radford and Kingma 2017): rows are what is added up (channels read, at each place of the window),
// columns what is made. A block becomes zero whole, by the mean of its elements' scores; at the edges blocks are smaller.

#include <map>

#include "optimize/prune/patterns/pattern.hpp"

namespace upkeep::pruning {

struct Block {
  std::int64_t rows = 4;
  std::int64_t columns = 4;
};

}  // namespace upkeep::pruning

namespace upkeep {

using pruning::Block;

template <>
inline const Settings settings<Block> =
    describe<Block>("block", "rectangles of the kernel, as a matrix of what is read by what is made, become zero",
                    field("rows", &Block::rows, "channels read in a block", range(1, 1 << 20)),
                    field("columns", &Block::columns, "channels made in a block", range(1, 1 << 20)));

}  // namespace upkeep

namespace upkeep::pruning::patterns {

static Units blocks_of(const Json& values, std::size_t elements, const std::optional<KernelPlaces>& places) {
  const Block options = parse<Block>(values);
  if (!places)
    throw Error(ErrorCode::kFailedPrecondition, "nobody knows which of its elements are added up",
                "name other weights, or prune by element");
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>, std::uint32_t> blocks;
  Units units{.of = {}, .runs = {}, .gone = {}};
  for (std::size_t e = 0; e < elements; ++e) {
    const std::tuple place{places->window[e], places->in[e] / static_cast<std::uint32_t>(options.rows),
                           places->out[e] / static_cast<std::uint32_t>(options.columns)};
    units.of.push_back(blocks.try_emplace(place, static_cast<std::uint32_t>(blocks.size())).first->second);
  }
  return units;
}

void add_block(PatternCatalog& catalog) {
  const Settings& about = settings<Block>;
  catalog.add({.name = about.name(), .help = about.help(), .settings = about, .units = blocks_of});
}

}  // namespace upkeep::pruning::patterns
