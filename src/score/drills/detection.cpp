// Whether drift would be found: windows drawn from the reference, one feature shifted, compared as the monitor compares them.
//
// The reference is cut in two at random, so that no window is part of what it is compared with. Undisturbed windows give the share of false
// alarms; a shift of `shift` standard deviations of one feature at a time gives the number of rows after which that feature is found.

#include "base/format.hpp"
#include "base/random.hpp"
#include "graph/signature.hpp"
#include "maintain/monitor/feature_drift.hpp"
#include "score/drills/drill.hpp"

namespace upkeep::drills {

struct DetectionDrill {
  std::vector<std::string> measures = {"psi", "kolmogorov-smirnov"};
  double shift = 1;
  std::int64_t window = 200;
  std::int64_t replays = 20;
  double full_rows = 100;
  double zero_rows = 1000;
  double full_false_alarms = 0.1;
  double zero_false_alarms = 0.5;
  double full_swaps = 0.8;
};

}  // namespace upkeep::drills

namespace upkeep {

using drills::DetectionDrill;

template <>
inline const Settings settings<DetectionDrill> = describe<DetectionDrill>(
    "detection", "drift put into a copy of the reference is found, and undisturbed rows raise no alarm",
    field("measures", &DetectionDrill::measures, "of drift, as the monitor has them: NAME or NAME:SETTING=VALUE,..."),
    field("shift", &DetectionDrill::shift, "of one feature, in its standard deviations", range(0, 100, Ends::kOpenLeft)),
    field("window", &DetectionDrill::window, "rows in an undisturbed window, at most half of the reference", "rows", range(2, 1e6)),
    field("replays", &DetectionDrill::replays, "undisturbed windows", range(1, 10000)),
    field("full_rows", &DetectionDrill::full_rows, "until the slowest feature's shift is found: worth 100 points up to this", "rows"),
    field("zero_rows", &DetectionDrill::zero_rows, "worth nothing from this on", "rows"),
    field("full_false_alarms", &DetectionDrill::full_false_alarms, "share of undisturbed windows: worth 100 points up to this",
          range(0, 1)),
    field("zero_false_alarms", &DetectionDrill::zero_false_alarms, "worth nothing from this on", range(0, 1)),
    field("full_swaps", &DetectionDrill::full_swaps, "share of swapped features that are found: worth 100 points from this on",
          range(0, 1, Ends::kOpenLeft)));

}  // namespace upkeep

namespace upkeep::drills {

namespace {

struct NumericColumn {
  std::string name;
  std::vector<double> values;
  double deviation = 0;
};

double deviation_of(const std::vector<double>& values) {
  double count = 0;
  double mean = 0;
  double squares = 0;
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    count += 1;
    const double step = value - mean;
    mean += step / count;
    squares += step * (value - mean);
  }
  return count > 1 ? std::sqrt(squares / (count - 1)) : 0;
}

// Features that are one number a row and vary; constant ones are found by any value that differs.
std::vector<NumericColumn> numeric_features(const Subject& subject) {
  std::vector<NumericColumn> columns;
  for (const InputSignature& input : signature_of(subject.model).inputs)
    for (const Feature& feature : input.features) {
      if (feature.kind != FeatureKind::kNumber || !subject.reference->has(feature.column)) continue;
      const Tensor& values = subject.reference->column(feature.column);
      if (values.rank() != 1 || values.dtype() == DType::kString) continue;
      NumericColumn column{.name = feature.column, .values = doubles(values)};
      column.deviation = deviation_of(column.values);
      if (column.deviation > 0) columns.push_back(std::move(column));
    }
  return columns;
}

std::vector<double> taken(const std::vector<double>& values, std::span<const std::int64_t> rows, double shift) {
  std::vector<double> some;
  for (const std::int64_t row : rows) some.push_back(values[static_cast<std::size_t>(row)] + shift);
  return some;
}

// Which features are found in a window of `rows`, of which `shifted` is moved; npos: none.
class Windows {
 public:
  Windows(std::vector<NumericColumn> columns, const DetectionDrill& options, std::uint64_t seed)
      : columns_(std::move(columns)), options_(options), seed_(seed) {
    for (const std::string& measure : options.measures) drift_.measures.push_back(parse_named(measure));
  }

  std::int64_t half() const { return std::ssize(columns_.front().values) / 2; }
  const std::vector<NumericColumn>& columns() const { return columns_; }

  std::vector<FeatureDrift> compare(std::int64_t rows, std::size_t shifted, std::uint32_t draw,
                                    std::optional<std::size_t> swapped = {}) const {
    const std::vector<std::int64_t> order = Random(seed_, stream_id("detection"), draw).permutation(2 * half());
    const std::span<const std::int64_t> all(order);
    std::vector<ComparedColumn> compared;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const double shift = i == shifted ? options_.shift * columns_[i].deviation : 0;
      std::size_t from = i;
      if (swapped && i == *swapped) from = i + 1;
      if (swapped && i == *swapped + 1) from = i - 1;
      Sides sides;
      sides.reference_numbers = Sample(taken(columns_[i].values, all.first(static_cast<std::size_t>(half())), 0));
      sides.current_numbers =
          Sample(taken(columns_[from].values, all.subspan(static_cast<std::size_t>(half()), static_cast<std::size_t>(rows)), shift));
      compared.push_back({columns_[i].name, std::move(sides)});
    }
    return compare_columns(compared, drift_);
  }

  // Whether a window in which a feature and the next one have changed places raises an alarm.
  bool finds_swap(std::size_t feature, std::int64_t rows) const {
    const std::vector<FeatureDrift> found = compare(rows, columns_.size(), static_cast<std::uint32_t>(2'000'000 + feature), feature);
    return found[feature].drifted() || found[feature + 1].drifted();
  }

  // The first of a row of window sizes at which the feature is found.
  std::optional<std::int64_t> rows_until_found(std::size_t feature) const {
    for (const std::int64_t rows : {50, 75, 100, 150, 200, 300, 400, 600, 800, 1000, 1500, 2000}) {
      if (rows > half()) break;
      if (compare(rows, feature, static_cast<std::uint32_t>(1'000'000 + feature))[feature].drifted()) return rows;
    }
    return std::nullopt;
  }

 private:
  std::vector<NumericColumn> columns_;
  const DetectionDrill& options_;
  std::uint64_t seed_;
  DriftOptions drift_{.measures = {}};
};

Item found_shifts(const Windows& windows, const DetectionDrill& options) {
  Json by_feature = Json::object();
  std::int64_t slowest = 0;
  std::vector<std::string> missed;
  for (std::size_t i = 0; i < windows.columns().size(); ++i) {
    const std::string& name = windows.columns()[i].name;
    const std::optional<std::int64_t> rows = windows.rows_until_found(i);
    by_feature[name] = rows ? Json(*rows) : Json(nullptr);
    if (rows) slowest = std::max(slowest, *rows);
    else missed.push_back(name);
  }
  Item item{.name = "rows until a shift is found",
            .value = {},
            .unit = "rows",
            .method = upkeep::format("each feature shifted by {:g} standard deviations in windows of the reference; the slowest counts",
                                     options.shift),
            .evidence = {{"rows_by_feature", by_feature}, {"not_found", missed}, {"measures", options.measures}}};
  if (!missed.empty()) {
    item.improvement =
        upkeep::format("narrow the drift measures' thresholds or keep a larger reference: a shift of {} is not found", missed.front());
    return item;
  }
  item.value = static_cast<double>(slowest);
  item.points = points_between(*item.value, options.zero_rows, options.full_rows);
  if (item.points < 100) item.improvement = "lower min_effect of the drift measures for the slowest feature";
  return item;
}

Item false_alarms(const Windows& windows, const DetectionDrill& options, bool thorough) {
  const std::int64_t replays = options.replays * (thorough ? 10 : 1);
  const std::int64_t rows = std::min(options.window, windows.half());
  std::int64_t alarms = 0;
  for (std::int64_t i = 0; i < replays; ++i)
    alarms +=
        std::ranges::any_of(windows.compare(rows, windows.columns().size(), static_cast<std::uint32_t>(i)), &FeatureDrift::drifted) ? 1 : 0;
  const double share = static_cast<double>(alarms) / static_cast<double>(replays);
  Item item{.name = "false alarms",
            .value = share,
            .unit = "share of windows",
            .interval = share_interval(alarms, replays),
            .method = upkeep::format("{} windows of {} undisturbed rows of the reference", replays, rows),
            .evidence = {{"alarms", alarms}, {"replays", replays}, {"window", rows}},
            .points = points_between(share, options.zero_false_alarms, options.full_false_alarms)};
  if (item.points < 100) item.improvement = "raise min_effect or lower alpha of the drift measures";
  return item;
}

// Each feature changes places with the next one, on its own, as when a caller sends columns in another order.
Item found_swaps(const Windows& windows, const DetectionDrill& options) {
  const std::int64_t rows = std::min(options.window, windows.half());
  std::int64_t found = 0;
  std::vector<std::string> missed;
  for (std::size_t i = 0; i + 1 < windows.columns().size(); ++i) {
    if (windows.finds_swap(i, rows)) ++found;
    else missed.push_back(upkeep::format("{} and {}", windows.columns()[i].name, windows.columns()[i + 1].name));
  }
  const std::int64_t total = std::ssize(windows.columns()) - 1;
  const double share = static_cast<double>(found) / static_cast<double>(total);
  Item item{.name = "feature swaps found",
            .value = share,
            .unit = "share",
            .interval = share_interval(found, total),
            .method = upkeep::format("columns that stand side by side change places in a window of {} rows", rows),
            .evidence = {{"found", found}, {"not_found", missed}},
            .points = points_between(share, 0, options.full_swaps)};
  if (item.points < 100)
    item.improvement =
        upkeep::format("send columns by name: {} are distributed alike, so that drift does not tell them apart", missed.front());
  return item;
}

std::vector<Item> run_detection(const Subject& subject, const Json& values) {
  const DetectionDrill options = parse<DetectionDrill>(values);
  const auto none = [](const std::string& why, const std::string& improvement) {
    return std::vector<Item>{absent("rows until a shift is found", "rows", why, improvement),
                             absent("false alarms", "share of windows", why, improvement),
                             absent("feature swaps found", "share", why, improvement)};
  };
  if (!subject.reference) return none("the version keeps no reference", "publish it with --reference TABLE");
  std::vector<NumericColumn> columns = numeric_features(subject);
  if (columns.empty())
    return none("no feature of the signature is a varying number of the reference", "name the features with `upkeep sign`");
  const Windows windows(std::move(columns), options, subject.seed);
  if (windows.half() < 50)
    return none(upkeep::format("the reference has {} rows, and 100 are needed", subject.reference->rows()),
                "publish it with a larger reference");
  std::vector<Item> items = {found_shifts(windows, options), false_alarms(windows, options, subject.thorough)};
  if (windows.columns().size() > 1) items.push_back(found_swaps(windows, options));  // one feature has nothing to change places with
  return items;
}

}  // namespace

void add_detection(DrillCatalog& catalog) {
  catalog.add({.name = "detection",
               .help = settings<DetectionDrill>.help(),
               .settings = settings<DetectionDrill>,
               .side = Side::kStability,
               .check =
                   [](const Json& values) {
                     for (const std::string& one : parse<DetectionDrill>(values).measures) drift::catalog().at(parse_named(one).name);
                   },
               .run = run_detection});
}

}  // namespace upkeep::drills
