// Labels that belong to other rows: answers and labels agree no better than by chance, where they do on the reference.
//
//   numbers: Pearson's r, which for n unrelated rows stays below z / sqrt(n)
//   classes: Cohen's kappa, (observed - expected agreement) / (1 - expected), with the standard error sqrt(e / (n (1 - e)))

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "base/format.hpp"
#include "maintain/monitor/checks/check.hpp"
#include "train/predicted_classes.hpp"

namespace upkeep::checks {

struct LabelShuffled {
  double least = 0.3;
};

}  // namespace upkeep::checks

template <>
inline const upkeep::Settings upkeep::settings<upkeep::checks::LabelShuffled> = upkeep::describe<upkeep::checks::LabelShuffled>(
    "label-shuffled", "labels that have nothing to do with the answers, as if they belonged to other rows",
    upkeep::field("least", &upkeep::checks::LabelShuffled::least, "agreement on the reference from which on it is missed",
                  upkeep::range(0, 1)));

namespace upkeep::checks {

struct Agreement {
  double value = 0;
  double chance = 0;  // what unrelated rows reach once in a thousand
};

static Agreement of_classes(const Judged& judged) {
  const auto n = static_cast<std::size_t>(judged.predictions.dim(0));
  const std::vector<std::int64_t> answers = predicted_classes(judged.predictions, n, judged.threshold);
  const std::vector<double> labels = doubles(judged.targets);
  std::map<std::int64_t, double> answered, labelled;
  double same = 0;
  for (std::size_t row = 0; row < n; ++row) {
    const auto label = static_cast<std::int64_t>(labels[row]);
    same += answers[row] == label;
    ++answered[answers[row]];
    ++labelled[label];
  }
  const auto rows = static_cast<double>(n);
  double expected = 0;
  for (const auto& [name, count] : answered)
    if (const auto found = labelled.find(name); found != labelled.end()) expected += count / rows * found->second / rows;
  if (expected >= 1) return {.value = 0, .chance = 1};
  return {.value = (same / rows - expected) / (1 - expected), .chance = 3.09 * std::sqrt(expected / (rows * (1 - expected)))};
}

static Agreement of_numbers(const Judged& judged) {
  const std::vector<double> x = doubles(judged.predictions), y = doubles(judged.targets);
  const auto n = static_cast<double>(x.size());
  const double mx = std::accumulate(x.begin(), x.end(), 0.0) / n;
  const double my = std::accumulate(y.begin(), y.end(), 0.0) / n;
  double xy = 0, xx = 0, yy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xy += (x[i] - mx) * (y[i] - my);
    xx += (x[i] - mx) * (x[i] - mx);
    yy += (y[i] - my) * (y[i] - my);
  }
  return {.value = xx > 0 && yy > 0 ? xy / std::sqrt(xx * yy) : 0.0, .chance = 3.09 / std::sqrt(n)};
}

static Agreement agreement(const Judged& judged) { return judged.as == JudgedAs::kNumbers ? of_numbers(judged) : of_classes(judged); }

static std::vector<Finding> label_shuffled(const Facts& facts, const Json& values) {
  const LabelShuffled options = parse<LabelShuffled>(values);
  if (!facts.judged || !facts.judged_reference || facts.judged->rows.empty() || facts.judged_reference->rows.empty()) return {};
  Finding finding{.subject = "labels", .verdict = Verdict::kUnknown};
  if (facts.judged->rows.size() < kLeastValues || facts.judged_reference->rows.size() < kLeastValues) {
    finding.text = upkeep::format("{} labels are too few to tell whether they belong to their rows", facts.judged->rows.size());
    return {finding};
  }
  const Agreement now = agreement(*facts.judged);
  const Agreement before = agreement(*facts.judged_reference);
  finding.verdict = before.value >= options.least && now.value < std::max(now.chance, 0.1 * before.value) ? Verdict::kAlarm : Verdict::kOk;
  finding.text =
      upkeep::format("answers and labels agree by {:.3g} ({} on {} rows), {:.3g} on the reference; chance alone reaches {:.3g}", now.value,
                     facts.judged->as == JudgedAs::kNumbers ? "correlation" : "kappa", facts.judged->rows.size(), before.value, now.chance);
  finding.evidence = {{"agreement", now.value}, {"reference", before.value}, {"chance", now.chance}};
  return {finding};
}

void add_label_shuffled(CheckCatalog& catalog) {
  catalog.add({.name = "label-shuffled",
               .help = settings<LabelShuffled>.help(),
               .settings = settings<LabelShuffled>,
               .reads = Reads::kLabels,
               .run = label_shuffled});
}

}  // namespace upkeep::checks
