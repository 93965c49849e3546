// y = x.

#include "layers/layer.hpp"

namespace upkeep {
namespace layers {

struct IdentityOptions {};

}  // namespace layers

template <>
const Settings settings<layers::IdentityOptions> = describe<layers::IdentityOptions>("identity", "hands its input on");

namespace layers {
namespace {

class Identity : public Layer {
 public:
  using Options = IdentityOptions;
  explicit Identity(const Options&) {}
  Value build(const BuildContext& context) const override { return context.inputs[0]; }
  // Keras 2 hands no mask on.
  Value mask(const BuildContext& context) const override { return context.mask_rules == MaskRules::kKeras2 ? Value() : context.mask(0); }
};

}  // namespace

void add_identity(LayerCatalog& catalog) { catalog.add(entry<Identity>("Identity")); }

}  // namespace layers
}  // namespace upkeep
