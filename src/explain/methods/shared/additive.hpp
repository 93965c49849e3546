// What the answers of all methods by coalitions have in common.
#pragma once

#include "explain/coalitions.hpp"

namespace upkeep::explain {

// Values (and standard errors, where there are any) by player, as an attribution by feature. Features of several elements share their
// value out evenly among them in `elements`, so that images can be drawn.
Attribution attribution_of(const Question& question, const CoalitionGame& game, std::span<const double> values,
                           std::span<const double> standard_errors = {});

// Notes that a standard error asked for by `until_error` was not reached.
void note_error_not_reached(Attribution& attribution, double until_error);

}  // namespace upkeep::explain
