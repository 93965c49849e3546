// Channels on which no answer depends: units, filters and heads whose weights are all zero, on the way in or on the way out, and what
// nobody sums over. A channel that is the same number in every run goes into the biases behind it.
//
//   Gemm(Relu(Gemm(x, W, b)), V, c), column 3 of W all zero  ==>  the same without that column, c + V[3] relu(b[3])
//
// Not when: the constant would reach the border of a padded convolution, or the sum behind it has neither a bias nor a normalisation of its
// own.

#include "optimize/removal/cut.hpp"
#include "optimize/removal/dead.hpp"
#include "optimize/rewrites/rewrite.hpp"

namespace upkeep::rewrites {

struct DropDeadChannels {};

}  // namespace upkeep::rewrites

namespace upkeep {

template <>
inline const Settings settings<rewrites::DropDeadChannels> =
    describe<rewrites::DropDeadChannels>("drop-dead-channels", "take out units, filters and heads on which no answer depends");

}  // namespace upkeep

namespace upkeep::rewrites {

namespace {

// What is gone can leave others dead.
std::size_t drop_dead_channels(Model& model, const DropDeadChannels&, Change&) {
  std::size_t all = 0;
  for (std::size_t places = 1; places > 0; all += places) {
    const removal::Coupling coupling(model);
    const std::set<removal::Slot> dead = removal::dead_channels(model, coupling);
    removal::cut(model, coupling, dead);
    places = dead.size();
  }
  return all;
}

}  // namespace

void add_drop_dead_channels(RewriteCatalog& catalog) { catalog.add(entry<DropDeadChannels>(drop_dead_channels)); }

}  // namespace upkeep::rewrites
