// Whether a changed model may take the place of the one before: both answer the same held-out rows, and the interval of the paired
// difference decides, not the difference.
//
//   const Acceptance accept{.data = held_out, .metrics = {{.metric = "accuracy", .change = -0.005}}, .costs = {{Cost::kLatency, -0.2}}};
//   const Changed smaller = quantize(model, {.data = training, .accept = accept});
//
// A change that is not accepted, after what harms most was given back where a pass can do so, is an Error{kFailedPrecondition} that has the
// figures; the model stays as it was.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "upkeep/choices.hpp"
#include "upkeep/data.hpp"

namespace upkeep::api {

enum class ChangeOf { kValue, kRelative };

// How much worse a metric may get: a negative change of one that is better when higher, a positive one of the others; 0 is a limit too.
struct MetricLimit {
  Metric metric{};
  double change = 0;               // -0.005, or with kRelative 0.02 for 2 %
  ChangeOf of = ChangeOf::kValue;  // in the metric's unit, or relative to its value before
  std::string output{};            // of a model with several; empty: each that there are targets for
};

enum class Cost {
  kLatency,  // median of runs of the real session on this machine, by turns
  kSize,     // bytes of the ONNX file
  kZipped,   // the same by deflate
};
struct CostLimit {
  Cost cost = Cost::kLatency;
  double change = 0;  // relative: -0.2 must be gained at least, 0.1 may be lost
};

struct Acceptance {
  std::optional<Data> data{};  // held-out rows with their targets; needed for any limit
  std::vector<MetricLimit> metrics{};
  std::vector<CostLimit> costs{};
  std::uint64_t seed = 0;  // of the bootstraps
  double confidence = 0.95;
  int threads = 0;  // of all sessions; 0: one per core
};

enum class Judgement { kAccepted, kUnknown, kRefused };  // unknown counts as refused
std::string_view to_string(Judgement judgement);

// A metric or a cost, before and after, and what its limit says of it.
struct Finding {
  std::string what{};  // "accuracy", "latency", "size", "zipped"
  std::string unit{};  // "ms", "bytes", or none
  double before = 0;
  double after = 0;
  double change = 0;  // with its interval [low, high]; relative where the limit is
  double low = 0;
  double high = 0;
  std::optional<double> limit{};  // none: measured only
  Judgement judgement = Judgement::kAccepted;
  std::string reason{};  // of what is not accepted: "about 2400 rows would tell"
};

struct Verdict {
  std::vector<Finding> findings{};
  std::int64_t rows = 0;                // that both answered
  std::vector<std::string> reverted{};  // what a pass gave back, worst first
  Judgement judgement() const;          // the worst of all findings
  std::string text() const;             // one line: the figures of what is not accepted, or "accepted"
};

// Whether `after` may take the place of `before`. Throws Error: no data, no rows, a limit that contradicts its metric.
class Model;
Verdict judge(const Model& before, const Model& after, const Acceptance& limits);

}  // namespace upkeep::api
