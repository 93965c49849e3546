// Of what is positive, the share that was predicted: TP / (TP + FN) over all elements (Keras: Recall).

#include "metrics/decisions.hpp"

namespace upkeep::metrics {

namespace {

struct Positive {
  static bool trial(bool label, bool) { return label; }
};

}  // namespace

void add_recall(MetricCatalog& catalog) {
  catalog.add(hit_rate_entry<Positive>({.name = "recall", .aliases = {"Recall"}, .help = "share of those found among the true ones"}));
}

}  // namespace upkeep::metrics
