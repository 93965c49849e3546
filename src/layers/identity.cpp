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
  bool supports_masking() const override { return true; }
};

}  // namespace

void add_identity(LayerCatalog& catalog) { catalog.add(entry<Identity>("Identity")); }

}  // namespace layers
}  // namespace upkeep
