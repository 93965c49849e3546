#include "score/score.hpp"

#include "base/format.hpp"
#include "base/progress.hpp"
#include "maintain/reference.hpp"

namespace upkeep::score {

using drills::DrillEntry;
using drills::Item;
using drills::Side;
using drills::State;
using drills::Subject;

namespace {

// Of the registry, in a folder of its own.
std::unique_ptr<Registry> copy_of(const Registry& registry, const TemporaryFolder& folder) {
  registry.export_to(folder / "copy.tar");
  auto copy = std::make_unique<Registry>(RegistryAddress((folder / "registry").string()));
  copy->import_from(folder / "copy.tar");
  return copy;
}

std::optional<Table> reference_of(const ModelVersion& version, const Registry& registry) {
  const ArtifactFile file = kept_reference(version, registry);
  if (file.empty()) return std::nullopt;
  return load_table(file.path());
}

std::string alias_of(const std::string& reference) {
  const std::size_t at = reference.find('@');
  return at == std::string::npos ? std::string() : reference.substr(at + 1);
}

Item broken(const DrillEntry& drill, const std::string& why) {
  return drills::absent(drill.name, "", why, "mend what the drill stumbled over");
}

std::vector<Item> drilled(const DrillEntry& drill, const Registry& registry, Subject subject, const Json& settings) {
  const TemporaryFolder folder;
  std::unique_ptr<Registry> copy;
  try {
    if (drill.needs_copy) copy = copy_of(registry, folder);
  } catch (const Error& error) {
    subject.copy_problem = error.what();
  }
  subject.copy = copy.get();
  try {
    return drill.run(subject, settings);
  } catch (const std::exception& error) {
    return {broken(drill, error.what())};
  }
}

Json to_json(const ScoredItem& scored, TimePoint expires_at) {
  const Item& item = scored.item;
  return {{"name", item.name},
          {"drill", scored.drill},
          {"side", drills::to_string(scored.side)},
          {"value", item.value ? Json(*item.value) : Json(nullptr)},
          {"unit", item.unit},
          {"interval", item.interval ? Json::array({item.interval->first, item.interval->second}) : Json(nullptr)},
          {"method", item.method},
          {"evidence", item.evidence},
          {"state", drills::to_string(item.state)},
          {"points", item.points},
          {"improvement", item.improvement},
          {"measured_at", to_iso8601(item.measured_at)},
          {"expires_at", to_iso8601(expires_at)}};
}

std::string points_text(const std::optional<double>& points) { return points ? upkeep::format("{:.0f}", *points) : "not measured"; }

Json points_json(const std::optional<double>& points) { return points ? Json(*points) : Json(nullptr); }

}  // namespace

std::optional<double> Score::side(Side side) const {
  std::optional<double> least;
  for (const ScoredItem& scored : items)
    if (scored.side == side) least = std::min(least.value_or(100), scored.item.points);
  return least;
}

std::optional<double> Score::headline() const {
  std::optional<double> least;
  for (const Side one : sides)
    if (const std::optional<double> points = side(one)) least = std::min(least.value_or(100), *points);
  return least;
}

bool Score::complete() const {
  return std::ranges::all_of(sides, [&](Side one) { return side(one).has_value(); });
}

Score score_model(const Registry& registry, const std::string& reference, const ScoreOptions& options) {
  for (const auto& [name, settings] : options.settings) drills::catalog().at(name).check(settings);
  const ModelVersion version = registry.resolve(reference);
  Subject subject{.version = version,
                  .alias = alias_of(reference),
                  .model = registry.load(version),
                  .reference = reference_of(version, registry),
                  .thorough = options.thorough,
                  .seed = options.seed};
  Score score{.model = version.model,
              .alias = subject.alias,
              .version = version.version,
              .measured_at = system_clock().now(),
              .sides = options.sides.empty() ? std::vector<Side>(std::begin(drills::kSides), std::end(drills::kSides)) : options.sides};
  score.expires_at = score.measured_at + std::chrono::microseconds(static_cast<std::int64_t>(options.max_age_days * 86400e6));
  Progress progress("drills", std::ssize(drills::catalog().names()));
  std::int64_t done = 0;
  for (const DrillEntry& drill : drills::catalog()) {
    progress.update(done++, drill.name);
    if (!std::ranges::contains(score.sides, drill.side)) continue;
    const auto found = options.settings.find(drill.name);
    for (Item& item : drilled(drill, registry, subject, found == options.settings.end() ? Json::object() : found->second)) {
      item.measured_at = system_clock().now();
      score.items.push_back({drill.name, drill.side, std::move(item)});
    }
  }
  return score;
}

Json to_json(const Score& score) {
  Json sides = Json::object();
  for (const Side side : score.sides) sides[std::string(drills::to_string(side))] = points_json(score.side(side));
  Json items = Json::array();
  for (const ScoredItem& item : score.items) items.push_back(to_json(item, score.expires_at));
  return {{"model", score.model},
          {"version", score.version},
          {"alias", score.alias},
          {"score", points_json(score.headline())},
          {"complete", score.complete()},
          {"sides", sides},
          {"items", items},
          {"measured_at", to_iso8601(score.measured_at)},
          {"expires_at", to_iso8601(score.expires_at)}};
}

std::string to_text(const Score& score) {
  std::string text = upkeep::format("{} version {}: {}{} of 100, the minimum of its sides\n", score.model, score.version,
                                    score.complete() ? "" : "at most ", points_text(score.headline()));
  for (const Side side : score.sides) {
    text += upkeep::format("{:<18} {}\n", drills::to_string(side), points_text(score.side(side)));
    for (const ScoredItem& scored : score.items) {
      const Item& item = scored.item;
      if (scored.side != side) continue;
      const std::string value =
          item.value ? upkeep::format("{:.4g} {}", *item.value, item.unit) : std::string(drills::to_string(item.state));
      text += upkeep::format("  {:>3.0f}  {:<26} {}\n", item.points, item.name,
                             item.state == State::kMeasured && !item.value ? "failed" : value);
      if (!item.improvement.empty()) text += upkeep::format("       {}; {}\n", item.method, item.improvement);
    }
  }
  text.pop_back();
  return text;
}

Event record_score(Registry& registry, const Score& score) {
  return registry.record(
      "scored", score.model,
      {.reason = upkeep::format("version {}: {}{}", score.version, score.complete() ? "" : "at most ", points_text(score.headline())),
       .evidence = to_json(score)});
}

Json recorded_score(const Registry& registry, const std::string& model, std::int64_t version, TimePoint now) {
  Json newest;
  for (const Event& event : registry.history(model))
    if (event.kind == "scored" && event.evidence.value("version", std::int64_t{0}) == version) newest = event.evidence;
  if (newest.is_null() || time_from_iso8601(newest.at("expires_at").get<std::string>()) < now) return nullptr;
  return newest;
}

std::map<std::string, Json> score_settings(const Json& document) {
  if (!document.is_object() && !document.is_null())
    throw Error(ErrorCode::kInvalidArgument, "settings of drills are no map", "write DRILL: {SETTING: VALUE}");
  std::map<std::string, Json> settings;
  for (const auto& [name, values] : document.items()) settings[drills::catalog().at(name).name] = values;
  return settings;
}

std::string gate_failure(const Score& score, std::string_view gate) {
  const std::size_t sign = gate.find(">=");
  double least = 0;
  const std::string_view number = sign == std::string_view::npos ? std::string_view() : trim(gate.substr(sign + 2));
  const auto parsed = std::from_chars(number.data(), number.data() + number.size(), least);
  if (number.empty() || parsed.ec != std::errc() || parsed.ptr != number.data() + number.size() || least < 0 || least > 100)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("\"{}\" is no gate", gate),
                "write SIDE>=POINTS or score>=POINTS, with 0 to 100 points");
  const std::string_view name = trim(gate.substr(0, sign));
  const bool whole = name == "score";
  const std::optional<double> points = whole ? score.headline() : score.side(drills::side_from_string(name));
  if (points && *points < least) return upkeep::format("{} is {:.1f}, and {:g} is needed", name, *points, least);
  if (points && (!whole || score.complete())) return {};
  return upkeep::format("{} cannot be told: {}", name, whole ? "a side was not measured" : "the side was not measured");
}

}  // namespace upkeep::score
