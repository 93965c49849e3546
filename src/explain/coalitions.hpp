// The answers of rows that are half the explained row and half the background: what Shapley values, LIME and others are made of.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "explain/methods/method.hpp"

namespace upkeep::explain {

using Coalition = std::vector<bool>;  // by feature, or by player of a game: taken from the explained row

// One question as a cooperative game. Its players are the features in which some background row differs from the explained row: taking
// another from the background changes no row. Not thread-safe; the question must outlive it.
class CoalitionGame {
 public:
  // Asks the model for the row and for all background rows. Throws Error{kInvalidArgument}: no background, a background of other inputs,
  // types or shapes; {kFailedPrecondition}: an answer that is not finite.
  explicit CoalitionGame(const Question& question);
  ~CoalitionGame();

  const std::vector<std::size_t>& players() const;  // places in subject.features(), ascending
  std::size_t size() const { return players().size(); }
  double answer() const;  // of all players: the row's
  double base() const;    // of none: the weighted mean of the background's answers

  // The value of each coalition of players: the weighted mean, over the background's rows, of the answer of the row that has the
  // coalition's features from the explained row and the others from that background row. Rows are made batch by batch in buffers that are
  // used again, on as many threads as the subject has. Coalitions that were asked before are not run again, and no row that equals the
  // explained one is. Throws budget_used_up() before anything is run.
  std::vector<double> values(std::span<const Coalition> coalitions);
  // The answer of each coalition's row with one background row.
  std::vector<double> answers(std::span<const Coalition> coalitions, std::span<const std::int64_t> background_rows);

  // How many coalitions the subject's budget still has evaluations for; a large number where there is no limit.
  std::int64_t affordable() const;
  // Values by player as values by feature of the subject: 0 for those that are no players.
  std::vector<double> by_feature(std::span<const double> by_player) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The value of each coalition of the subject's features.
std::vector<double> coalition_values(const Question& question, std::span<const Coalition> coalitions);

// `rows` with the feature's elements of row `from_row` of `from` in every row.
Tensors with_feature(const Tensors& rows, const ExplainedFeature& feature, const Tensors& from, std::int64_t from_row);
// The same row by row: row i gets those of row places[i] of `from`.
Tensors with_feature(const Tensors& rows, const ExplainedFeature& feature, const Tensors& from, std::span<const std::int64_t> places);

}  // namespace upkeep::explain
