// A table of a series as a table of the samples that a model reads: its windows, a row each.
#pragma once

#include "data/table.hpp"
#include "graph/graph.hpp"

namespace upkeep {

// The table itself where its rows are the samples. Of a series: for each input an array [samples, ...] of the input's name, and a column
// for each of the model's targets that the table has, so that a sample stands alone and its order does not matter.
// Throws Error{kInvalidArgument} where an input and a target have one name.
Table samples_of(const Model& model, const Table& table);

}  // namespace upkeep
