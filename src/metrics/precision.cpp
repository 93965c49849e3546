// Of what was predicted positive, the share that is: TP / (TP + FP) over all elements (Keras: Precision).

#include "metrics/decisions.hpp"

namespace upkeep::metrics {

namespace {

struct Predicted {
  static bool trial(bool, bool predicted) { return predicted; }
};

}  // namespace

void add_precision(MetricCatalog& catalog) {
  catalog.add(
      hit_rate_entry<Predicted>({.name = "precision", .aliases = {"Precision"}, .help = "share of true ones among those predicted"}));
}

}  // namespace upkeep::metrics
