#include "layers/layer.hpp"

namespace upkeep::layers {

std::vector<WeightSpec> Layer::weights(const std::vector<Dims>&) const { return {}; }

Value Layer::mask(const BuildContext& context) const { return supports_masking() ? context.mask(0) : Value(); }

}  // namespace upkeep::layers
