// Hands its input on and penalises it: l1 sum |x| + l2 sum x^2.

#include "layers/layer.hpp"
#include "layers/shared/weight_settings.hpp"

namespace upkeep {
namespace layers {

struct ActivityRegularizationOptions {
  double l1 = 0;
  double l2 = 0;
};

}  // namespace layers

template <>
const Settings settings<layers::ActivityRegularizationOptions> = describe<layers::ActivityRegularizationOptions>(
    "activity_regularization", "penalty on its input",
    field("l1", &layers::ActivityRegularizationOptions::l1, "factor of the sum of absolute values", range(0.0, 1e30)),
    field("l2", &layers::ActivityRegularizationOptions::l2, "factor of the sum of squares", range(0.0, 1e30)));

namespace layers {
namespace {

class ActivityRegularization : public Layer {
 public:
  using Options = ActivityRegularizationOptions;
  explicit ActivityRegularization(const Options& options) : penalty_{{"class_name", "L1L2"}, {"config", to_json(options)}} {}
  Value build(const BuildContext& context) const override {
    penalise(context, context.inputs[0], penalty_);
    return context.inputs[0];
  }
  bool supports_masking() const override { return true; }

 private:
  Json penalty_;
};

}  // namespace

void add_activity_regularization(LayerCatalog& catalog) { catalog.add(entry<ActivityRegularization>("ActivityRegularization")); }

}  // namespace layers
}  // namespace upkeep
