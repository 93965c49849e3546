// The score of a deployed model: drills on a copy, items by side, and as headline the minimum.
//
//   side     = the smallest points of its items; an absent item has 0
//   headline = the smallest of the sides that were measured (Breck et al. 2017 take the minimum too; a mean would hide the weakest)
//
// A side without an item is not measured. Then the headline is an upper bound: a further side can only lower a minimum.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "score/drills/drill.hpp"

namespace upkeep::score {

struct ScoreOptions {
  std::vector<drills::Side> sides;       // none: all
  std::map<std::string, Json> settings;  // by name of the drill
  bool thorough = false;
  std::uint64_t seed = 0;
  double max_age_days = 30;  // evidence older than this counts no more
};

struct ScoredItem {
  std::string drill;
  drills::Side side = drills::Side::kStability;
  drills::Item item;
};

struct Score {
  std::string model;
  std::string alias;
  std::int64_t version = 0;
  TimePoint measured_at{};
  TimePoint expires_at{};
  std::vector<drills::Side> sides;  // that were asked for
  std::vector<ScoredItem> items;

  std::optional<double> side(drills::Side side) const;  // nullopt: not measured
  std::optional<double> headline() const;               // of the sides that were asked for
  bool complete() const;                                // each of them was measured
};
Json to_json(const Score& score);
std::string to_text(const Score& score);  // a table for people

// `reference`: "price@production" or "price:3". Nothing of the registry is changed. Throws Error{kNotFound}, and {kInvalidArgument} for
// settings that are wrong; a drill that throws something else gives an item that says so, and is worth nothing.
Score score_model(const Registry& registry, const std::string& reference, const ScoreOptions& options = {});

// Writes it into the registry's history, as an event "scored".
Event record_score(Registry& registry, const Score& score);
// The newest score recorded of a version, as its event's evidence; null where there is none, or it has expired at `now`.
Json recorded_score(const Registry& registry, const std::string& model, std::int64_t version, TimePoint now);

// {"rollback": {"full_seconds": 5}} as ScoreOptions takes it. Throws Error{kInvalidArgument} for drills and settings that there are not.
std::map<std::string, Json> score_settings(const Json& document);

// "stability>=60" or "score>=50": one sentence where it does not hold, or cannot be told; empty where it holds.
// Throws Error{kInvalidArgument} of what is no such condition.
std::string gate_failure(const Score& score, std::string_view gate);

}  // namespace upkeep::score
