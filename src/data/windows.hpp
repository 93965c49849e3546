// Samples of time: rows that follow each other in a table, as one sample.
#pragma once

#include <vector>

#include "data/table.hpp"

namespace upkeep {

// The rows of `data` as the windows that the series says: inputs [N, ...] become [M, window, ...], targets and sample weights are those of
// the row `horizon` steps behind the window's last one. `groups` has a value for each row of the table, of which equal ones are one series;
// empty: all rows are. Windows begin at the first row of their series and every `stride` rows from there; without targets the last ones
// need no row behind them. `table_rows` are the windows' last rows, `spans` the steps of their series that they read. With targets, windows
// are in the order of how far they lie in their series, so that the last ones are the latest of each. Throws Error{kInvalidArgument} where
// no series is long enough.
Dataset windows_of(const Dataset& data, const Series& series, const std::vector<std::string>& groups);

}  // namespace upkeep
