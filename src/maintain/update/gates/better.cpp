// Opens when the candidate is better on held-out rows, by enough and with confidence: the lower bound of the improvement lies above
// `min_improvement`.

#include "base/format.hpp"
#include "maintain/update/gates/gate.hpp"

namespace upkeep::gates {

struct BetterGate {
  std::string metric;
  std::string output;
  double min_improvement = 0;
  double confidence = 0.95;
  std::int64_t min_rows = 20;
};

}  // namespace upkeep::gates

namespace upkeep {

using gates::BetterGate;

template <>
inline const Settings settings<BetterGate> = describe<BetterGate>(
    "better", "the candidate is better than the current version on held-out rows",
    field("metric", &BetterGate::metric, "a metric of `upkeep catalog metrics`"),
    field("output", &BetterGate::output, "of a model with several: whose answers (default: those that the metric fits)"),
    field("min_improvement", &BetterGate::min_improvement, "more than this, in the metric's own unit", range(0, 1e300)),
    field("confidence", &BetterGate::confidence, "of the improvement's lower bound", range(0.5, 1, Ends::kOpenRight)),
    field("min_rows", &BetterGate::min_rows, "held-out rows needed to judge", range(2, 1e9)));

}  // namespace upkeep

namespace upkeep::gates {

static BetterGate checked_better(const Json& values) {
  BetterGate options = parse<BetterGate>(values);
  expect_metric(options.metric, "better");
  return options;
}

static Decision decide_better(const GateFacts& facts, const Json& values) {
  const BetterGate options = checked_better(values);
  if (facts.held_out.rows() < options.min_rows)
    return {.reason = upkeep::format("not enough evidence: {} held-out rows of {} needed", facts.held_out.rows(), options.min_rows),
            .evidence = {{"rows", facts.held_out.rows()}, {"min_rows", options.min_rows}}};
  const Improvement found = improvement(facts.held_out, options.metric, options.confidence, facts.seed);
  Decision decision{.yes = found.low > options.min_improvement, .evidence = to_json(found)};
  decision.evidence.update({{"min_improvement", options.min_improvement}, {"seed", facts.seed}});
  decision.reason =
      upkeep::format("{}{}; more than {:g} is needed", decision.yes ? "" : "not better enough: ", to_text(found), options.min_improvement);
  return decision;
}

void add_better(GateCatalog& catalog) {
  catalog.add({.name = "better",
               .help = settings<BetterGate>.help(),
               .settings = settings<BetterGate>,
               .check = [](const Json& values) { checked_better(values); },
               .decide = decide_better});
}

}  // namespace upkeep::gates
