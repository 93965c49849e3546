// Opens when the candidate is not worse than the current version by more than a margin (a test of non-inferiority): the lower bound of the
// improvement lies above -margin. On the reference it asks that the old world is not forgotten for the new one.

#include <cmath>
#include <optional>

#include "base/format.hpp"
#include "maintain/update/gates/gate.hpp"

namespace upkeep::gates {

struct NotWorseGate {
  std::string metric;
  std::string output;
  std::string on = "reference";
  std::optional<double> max_loss;
  double max_relative_loss = 0.1;
  double confidence = 0.95;
  std::int64_t min_rows = 20;
};

}  // namespace upkeep::gates

namespace upkeep {

using gates::NotWorseGate;

template <>
inline const Settings settings<NotWorseGate> = describe<NotWorseGate>(
    "not-worse", "the candidate is not worse than the current version by more than a margin",
    field("metric", &NotWorseGate::metric, "a metric of `upkeep catalog metrics`"),
    field("output", &NotWorseGate::output, "of a model with several: whose answers (default: those that the metric fits)"),
    field("on", &NotWorseGate::on, "which rows", one_of({"reference", "held-out"})),
    field("max_loss", &NotWorseGate::max_loss, "the margin in the metric's own unit", range(0, 1e300)),
    field("max_relative_loss", &NotWorseGate::max_relative_loss,
          "the margin as a part of the current version's value, where max_loss is not given", range(0, 1e6)),
    field("confidence", &NotWorseGate::confidence, "of the improvement's lower bound", range(0.5, 1, Ends::kOpenRight)),
    field("min_rows", &NotWorseGate::min_rows, "rows needed to judge", range(2, 1e9)));

}  // namespace upkeep

namespace upkeep::gates {

static NotWorseGate checked_not_worse(const Json& values) {
  NotWorseGate options = parse<NotWorseGate>(values);
  expect_metric(options.metric, "not-worse");
  return options;
}

static Decision decide_not_worse(const GateFacts& facts, const Json& values) {
  const NotWorseGate options = checked_not_worse(values);
  const PairedAnswers& rows = options.on == "reference" ? facts.reference : facts.held_out;
  if (rows.rows() < options.min_rows)
    return {.reason = upkeep::format("not enough evidence: {} {} rows of {} needed", rows.rows(), options.on, options.min_rows),
            .evidence = {{"on", options.on}, {"rows", rows.rows()}, {"min_rows", options.min_rows}}};
  const Improvement found = improvement(rows, options.metric, options.confidence, facts.seed);
  const double margin = options.max_loss.value_or(options.max_relative_loss * std::abs(found.current));
  Decision decision{.yes = found.low > -margin || (found.low == 0 && margin == 0), .evidence = to_json(found)};
  decision.evidence.update({{"on", options.on}, {"margin", margin}, {"seed", facts.seed}});
  decision.reason = upkeep::format("{} on the {} rows: {}; a loss of {:.4g} is allowed", decision.yes ? "not worse" : "worse", options.on,
                                   to_text(found), margin);
  return decision;
}

void add_not_worse(GateCatalog& catalog) {
  catalog.add({.name = "not-worse",
               .aliases = {"not_worse"},
               .help = settings<NotWorseGate>.help(),
               .settings = settings<NotWorseGate>,
               .check = [](const Json& values) { checked_not_worse(values); },
               .decide = decide_not_worse});
}

}  // namespace upkeep::gates
