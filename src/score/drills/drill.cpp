#include "score/drills/drill.hpp"

#include "train/columns.hpp"

namespace upkeep::drills {

std::string_view to_string(Side side) {
  switch (side) {
    case Side::kStability: return "stability";
    case Side::kScalability: return "scalability";
    case Side::kReadability: return "readability";
    case Side::kUnderstandability: return "understandability";
    case Side::kEffort: return "effort";
  }
  return "";
}

Side side_from_string(std::string_view name) {
  std::vector<std::string> names;
  for (const Side side : kSides) {
    if (to_string(side) == name) return side;
    names.emplace_back(to_string(side));
  }
  throw unknown_name("side", name, names);
}

std::string_view to_string(State state) {
  switch (state) {
    case State::kMeasured: return "measured";
    case State::kAttested: return "attested";
    case State::kAbsent: return "absent";
  }
  return "";
}

double points_between(double value, double zero, double full) {
  if (!std::isfinite(value)) return 0;
  if (zero == full) return value == full ? 100 : 0;
  return 100 * std::clamp((value - zero) / (full - zero), 0.0, 1.0);
}

Item absent(std::string name, std::string unit, std::string why, std::string improvement) {
  return {.name = std::move(name),
          .value = {},
          .unit = std::move(unit),
          .method = "not measured: " + why,
          .state = State::kAbsent,
          .improvement = std::move(improvement)};
}

std::pair<double, double> share_interval(std::int64_t count, std::int64_t total) {
  const double z = 1.959964;
  const auto n = static_cast<double>(total);
  const double share = static_cast<double>(count) / n;
  const double middle = (share + z * z / (2 * n)) / (1 + z * z / n);
  const double half = z / (1 + z * z / n) * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  return {std::max(0.0, middle - half), std::min(1.0, middle + half)};
}

std::optional<Tensors> reference_inputs(const Subject& subject, std::int64_t most) {
  if (!subject.reference || subject.reference->rows() == 0) return std::nullopt;
  const Table rows = subject.reference->rows(0, std::min(most, subject.reference->rows()));
  return dataset_for(subject.model, rows, {.no_targets = true}).inputs;
}

}  // namespace upkeep::drills
