// Drills: what shows, by doing, how maintainable a deployed model is. A drill works on a copy: the registry it is given is an own one in a
// temporary folder, with equal bytes and equal history, so whatever a drill does there reaches nothing that serves.
//
// A drill gives items. Each carries its value, how it was measured, the evidence, points from 0 to 100 by thresholds that are the drill's
// settings, and the cheapest step that would raise it. What could not be measured is absent, and absent is worth nothing: unknown is not
// good.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/catalog.hpp"
#include "base/clock.hpp"
#include "data/table.hpp"
#include "graph/graph.hpp"
#include "registry/registry.hpp"

namespace upkeep::drills {

enum class Side { kStability, kScalability, kReadability, kUnderstandability, kEffort };
inline constexpr Side kSides[] = {Side::kStability, Side::kScalability, Side::kReadability, Side::kUnderstandability, Side::kEffort};
std::string_view to_string(Side side);         // "stability", ...
Side side_from_string(std::string_view name);  // throws Error{kInvalidArgument} with the candidates

enum class State { kMeasured, kAttested, kAbsent };
std::string_view to_string(State state);  // "measured", "attested", "absent"

struct Item {
  std::string name;                                        // "rows until a shift is found"
  std::optional<double> value;                             // none where it is absent
  std::string unit;                                        // "rows", "s", "share"
  std::optional<std::pair<double, double>> interval = {};  // of 95 % confidence, where the value is sampled
  std::string method;                                      // one sentence
  Json evidence = Json::object();
  State state = State::kMeasured;
  double points = 0;             // 0 to 100
  std::string improvement = {};  // the cheapest next step; empty at 100 points
  TimePoint measured_at = {};
};

// What is drilled.
struct Subject {
  ModelVersion version;
  std::string alias;  // empty: the version was named by its number
  Model model;
  std::optional<Table> reference;  // the table that the version was trained on, where its registry keeps it
  Registry* copy = nullptr;        // null: none was asked for, or there could be none
  std::string copy_problem;        // why
  bool thorough = false;           // take more rows and repeats
  std::uint64_t seed = 0;
};

struct DrillEntry {
  std::string name;  // "rollback"
  std::string help;
  Settings settings;
  Side side = Side::kStability;
  bool needs_copy = false;                          // of the registry
  std::function<void(const Json& settings)> check;  // throws Error{kInvalidArgument} for settings that are wrong
  std::function<std::vector<Item>(const Subject& subject, const Json& settings)> run;
};
using DrillCatalog = Catalog<DrillEntry>;
const DrillCatalog& catalog();

// --- for the members ---------------------------------------------------------------------------------------------------

// On the line from `zero`, which is worth 0 points, to `full`, which is worth 100; beyond both ends as at the end. Either may be larger.
double points_between(double value, double zero, double full);
// An item that could not be measured, and why.
Item absent(std::string name, std::string unit, std::string why, std::string improvement);
// Wilson's interval of a share at 95 % confidence (Wilson 1927).
std::pair<double, double> share_interval(std::int64_t count, std::int64_t total);
// At most `most` rows of the reference as the model's inputs. Throws Error where they do not fit the model; nullopt: no reference is kept.
std::optional<Tensors> reference_inputs(const Subject& subject, std::int64_t most);

}  // namespace upkeep::drills
