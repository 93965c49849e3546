// A search for the smallest or the fastest model that is still accepted: folding, integers, fewer channels with training between, and their
// combinations. Each candidate is judged on the same held-out rows (optimize/acceptance.hpp).
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "optimize/acceptance.hpp"
#include "train/compile.hpp"

namespace upkeep {

enum class Goal { kLatency, kSize };  // size: of the zipped file

struct SearchOptions {
  std::vector<Limit> limits;  // at least one metric's
  Goal goal = Goal::kLatency;
  double budget_seconds = 600;     // nothing new is begun after it; training that is under way is stopped
  std::optional<Compile> compile;  // how candidates are trained on; none: candidates that need training are left out
  std::int64_t epochs = 3;         // of training after each removal of channels
  std::int64_t batch_size = 32;
  double step = 0.3;              // part of the channels that are left which goes each time
  std::string method = "taylor";  // of optimize/prune that ranks the channels
  std::uint64_t seed = 0;
  int threads = 0;
  std::filesystem::path checkpoint;                      // folder that keeps what was trained, so that a search goes on; empty: none
  std::function<void(const std::string& what)> on_step;  // "remove 30 % of the channels, train 3 epochs"
  std::function<bool()> stop;                            // polled; true ends the search with what there is
};

struct SearchCandidate {
  std::string name;                // "pruned 51 %, int8"
  std::vector<std::string> steps;  // what was done to the model, in order
  std::optional<Verdict> verdict;  // none: it could not be made, `problem` says why
  std::string problem;
  double seconds = 0;  // to make and to judge it
  bool front = false;  // nothing accepted is better in all of: first metric, zipped bytes, latency
  Model model;
};

struct SearchResult {
  std::vector<SearchCandidate> candidates;  // in the order they were made; the first is the model with folding alone
  std::optional<std::size_t> best;          // the accepted one that the goal likes most; none: nothing better was accepted
  bool out_of_budget = false;
};

// Equal seeds, data, options and threads make equal candidates; latencies differ, and so can the choice by them.
// Throws Error{kInvalidArgument}: no metric in the limits, an unknown method.
SearchResult search(const Model& model, const Dataset& training, const Dataset& held_out, const SearchOptions& options);

// A finding of a candidate's verdict, "latency" or "zipped"; nullptr where there is none.
const Finding* finding_of(const SearchCandidate& candidate, std::string_view what);

}  // namespace upkeep
