// Adamax (Kingma & Ba 2014, section 7.1): Adam with the largest magnitude in place of the second moment.
//
//   m += (g - m) * (1 - beta_1)          u = max(beta_2 * u, |g|)
//   w -= rate * m / ((1 - beta_1^t) * (u + epsilon))

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "train/optimizers/adamax.cpp"
#include "train/optimizers/targets.hpp"
//
#include "train/optimizers/adam.hpp"
#include "train/optimizers/loop.hpp"

HWY_BEFORE_NAMESPACE();
namespace upkeep::optimizers::HWY_NAMESPACE {

struct AdamaxFormula {
  float rate;
  float fresh_1;
  float beta_2;
  float correction;
  float epsilon;
  template <class D, class V>
  HWY_INLINE void operator()(D d, V& w, const V& g, V& m, V& u) const {
    m = m + (g - m) * hn::Set(d, fresh_1);
    u = hn::Max(hn::Set(d, beta_2) * u, hn::Abs(g));
    w = w - hn::Set(d, rate) * m / (hn::Set(d, correction) * (u + hn::Set(d, epsilon)));
  }
};

void adamax_loop(const Elements& e, float fresh_1, float beta_2, float correction, float epsilon) {
  each(e.count, AdamaxFormula{e.rate, fresh_1, beta_2, correction, epsilon}, e.weights, e.gradients, e.slots[0], e.slots[1]);
}

}  // namespace upkeep::optimizers::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace upkeep::optimizers {

struct Adamax : Common {
  double learning_rate = 0.001;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
};

}  // namespace upkeep::optimizers

namespace upkeep {

template <>
inline const Settings settings<optimizers::Adamax> = optimizers::describe_optimizer<optimizers::Adamax>(
    "adamax", "adam with the largest gradient in place of the second moment",
    field("beta_1", &optimizers::Adamax::beta_1, "share of the first moment kept", range(0.0, 1.0, Ends::kOpenRight)),
    field("beta_2", &optimizers::Adamax::beta_2, "share of the largest magnitude kept", range(0.0, 1.0, Ends::kOpenRight)),
    field("epsilon", &optimizers::Adamax::epsilon, "added to the largest magnitude", range(0.0, 1.0)));

}  // namespace upkeep

namespace upkeep::optimizers {

HWY_EXPORT(adamax_loop);

namespace {

class AdamaxOptimizer : public Elementwise<Adamax> {
 public:
  using Elementwise::Elementwise;
  std::vector<Slot> own_slots() const override { return {{.name = "momentum"}, {.name = "norm"}}; }

 protected:
  void step(const Elements& elements, std::int64_t iteration) const override {
    const float correction = 1.0f - power(static_cast<float>(options_.beta_1), iteration);
    HWY_DYNAMIC_DISPATCH(adamax_loop)
    (elements, static_cast<float>(1.0 - options_.beta_1), static_cast<float>(options_.beta_2), correction,
     static_cast<float>(options_.epsilon));
  }
};

}  // namespace

void add_adamax(OptimizerCatalog& catalog) { catalog.add(entry<AdamaxOptimizer>({"Adamax"})); }

}  // namespace upkeep::optimizers

#endif
