#include "layers/layer.hpp"

namespace upkeep::layers {

std::vector<WeightSpec> Layer::weights(const std::vector<Dims>&) const { return {}; }

}  // namespace upkeep::layers
