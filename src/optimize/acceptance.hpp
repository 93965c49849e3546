// Acceptance: whether a changed model may take the place of the one before. Both answer the same held-out rows; the interval of the paired
// difference decides, not the difference. File bytes and the latency of the real session are measured beside it, and may have limits too.
//
//   const Judge judge(before, data, parse_acceptances({"accuracy:-0.005", "latency:-20%"}));
//   const Verdict verdict = judge.judge(after);                      // one candidate, or:
//   Accepted made = accept_with_reverts(judge, make, ranked);        // gives back the worst layers until it is accepted
//   if (made.verdict.accepted()) record_acceptance(made.model, before, made.verdict, "quantize static");   // then save it; else save
//   nothing
//
// A Judge is immutable and keeps all that it needs; a candidate is judged by one thread at a time, for its latency.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "data/table.hpp"
#include "graph/graph.hpp"
#include "optimize/costs.hpp"
#include "train/counted_steps.hpp"

namespace upkeep {

// How much worse a metric may get, or how much better a cost must get.
struct Limit {
  enum class Of { kMetric, kLatency, kSize, kZipped };
  std::string text;    // as it was given, "accuracy:-0.005"
  std::string output;  // of a model with several, "price=mae:+2%"; empty: each that there are targets for
  Of of = Of::kMetric;
  std::string metric;     // "accuracy", "precision:threshold=0.7"
  double change = 0;      // -0.005, or 0.02 for +2%
  bool relative = false;  // to the value before
};

// "METRIC:CHANGE", "METRIC:SETTING=VALUE,...:CHANGE", "OUTPUT=METRIC:CHANGE"; CHANGE is a number with its sign, of the metric's unit or,
// with
// "%", of its value before. A metric that is better when higher may fall (accuracy:-0.005), another may rise (mae:+2%). The costs
// "latency", "size" and "zipped" take percentages: -20% must be gained at least, +10% may be lost. 0 is a limit too. Throws
// Error{kInvalidArgument}: a metric that is unknown, a sign that contradicts it, no change, with what would be right.
Limit parse_acceptance(std::string_view text);
std::vector<Limit> parse_acceptances(const std::vector<std::string>& texts);

enum class Judgement { kAccepted, kUnknown, kRefused };  // in order of how bad it is; unknown counts as refused
std::string_view to_string(Judgement judgement);         // "accepted", "unknown", "refused"

// A metric or a cost, before and after, and what its limit says of it. A change is in the unit of its limit: relative where that is.
struct Finding {
  std::string what;  // "accuracy", "price=mae", "latency", "size", "zipped", "answers"
  std::string unit;  // "ms", "bytes", or none
  double before = 0;
  double after = 0;
  bool relative = false;
  double change = 0;
  double low = 0;  // the change's interval
  double high = 0;
  std::optional<double> limit;  // none: measured only
  Judgement judgement = Judgement::kAccepted;
  std::string reason;  // of what is not accepted: "about 2400 rows would tell"
};

struct Verdict {
  std::vector<Finding> findings;
  std::int64_t rows = 0;  // that the model before answered, which the metrics are of
  double confidence = 0.95;
  std::uint64_t seed = 0;
  std::vector<std::string> methods;      // how each interval was made, once each
  std::optional<LatencyChange> latency;  // quartiles, rows in a run, threads
  std::vector<std::string> reverted;     // what a pass gave back, worst first
  std::vector<std::string> attempts;     // of a search: "2 reverted: unknown"

  Judgement judgement() const;  // the worst of all findings
  bool accepted() const { return judgement() == Judgement::kAccepted; }
};
Json to_json(const Verdict& verdict);
// The reasons alone, one line: "accuracy 0.94 -> 0.91, change -0.03 in [-0.041, -0.019], beyond the limit of -0.005".
std::string why_not(const Verdict& verdict);
// Throws Error{kFailedPrecondition} with why_not() unless the verdict is accepted.
void expect_accepted(const Verdict& verdict);

struct JudgeOptions {
  std::vector<std::string> metrics;  // measured without a limit, beside those that have one
  std::uint64_t seed = 0;            // of the bootstraps
  double confidence = 0.95;
  std::int64_t batch_size = 256;  // rows in a run that answers the held-out rows
  int threads = 0;                // of all sessions; 0: one per core
  std::int64_t latency_rows = 1;  // rows in a run that is timed
};

class Judge {
 public:
  // Answers the rows with the model before. Rows that it has no answer to (NaN) are left out.
  // Throws Error: no rows, targets that do not fit, an output in a limit that is not the model's.
  Judge(Model before, const Dataset& data, std::vector<Limit> limits, JudgeOptions options = {});

  // The metrics alone; costs are left out. Rows that only the changed model has no answer to are a refusal.
  Verdict judge_metrics(const Model& after) const;
  Verdict judge(const Model& after) const;

  const Model& before() const { return before_; }
  const std::vector<Limit>& limits() const { return limits_; }

 private:
  // What is judged of one output.
  struct Scored {
    std::string name;       // in findings; empty where there is one only
    std::size_t place = 0;  // among the model's outputs
    Tensor targets;
    Tensor before;  // answers
  };
  struct Measured {
    std::string metric;
    std::optional<double> limit;
    bool relative = false;
  };
  void score(const std::string& name, std::size_t place, Tensor targets, const Tensors& answers);
  std::vector<Measured> measured_of(const Scored& output) const;
  Finding judge_metric(const Scored& output, const Measured& measured, const Tensor& after, Verdict& verdict) const;
  void judge_costs(const Model& after, Verdict& verdict) const;

  Model before_;
  Dataset data_;  // the rows that are judged
  std::vector<Limit> limits_;
  JudgeOptions options_;
  std::vector<Scored> outputs_;
  std::optional<CountedSteps> steps_;
};

Verdict judge(const Model& before, const Model& after, const Dataset& data, const std::vector<Limit>& limits,
              const JudgeOptions& options = {});

struct Accepted {
  Model model;      // the one that was judged; not to be written unless the verdict is accepted
  Verdict verdict;  // with `reverted` and `attempts`
};

// Makes the model with these layers (weights, nodes: what the pass calls its parts) as they were before.
using CandidateMaker = std::function<Model(const std::vector<std::string>& reverted)>;

// Finds the shortest beginning of `ranked` (worst first) to revert whose metrics are accepted: none, then 1, 2, 4, ... and all but one,
// then by bisection between the last that was not and the first that was. Costs are judged of that one. Where all would have to go, nothing
// of the change is left: the verdict is then that of the candidate with nothing reverted.
Accepted accept_with_reverts(const Judge& judge, const CandidateMaker& make, const std::vector<std::string>& ranked);

// For passes that change weights in place, whose parts are weights: those that differ, by the norm of the difference relative to that of
// the weight, largest first; and the changed model with some of them as they were.
std::vector<std::string> most_changed_first(const Model& before, const Model& after);
Model with_weights_as_before(const Model& before, Model after, const std::vector<std::string>& names);

// The record that a result carries in its metadata (kAcceptanceKey): the verdict, the pass, and the records of passes before it.
void record_acceptance(Model& model, const Model& before, const Verdict& verdict, const std::string& pass, const std::string& data = "");
// nullopt where there is none, or it is of other weights than the model has now.
std::optional<Json> acceptance_record(const Model& model);

}  // namespace upkeep
