// The cells over which a model's log is counted: of its features as the reference has them, and of its answers to the reference.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "data/table.hpp"
#include "graph/graph.hpp"
#include "log/profile.hpp"
#include "maintain/monitor/feature_columns.hpp"

namespace upkeep {

// Columns of one number or category in each row, and of each output that answers by its largest score the classes ("class.OUTPUT"); free
// text and tensors have no cells, nor have truth values that are logged as texts.
ReferenceProfile profile_of_reference(const Model& model, const Table& reference);

// The columns that the log of this model has, without rows.
Table empty_log(const Signature& signature);

// The output whose answered classes these cells count; empty: they count a column.
std::string output_of_classes(const ColumnCells& cells);

// What a column's counts are on both sides, in the form that measures and checks ask: a cell is the smallest value that it can hold.
Sides sides_of(const ColumnCells& cells, const ColumnCounts& reference, const ColumnCounts& current);

// The classes that an output's one score comes to; nullopt: it answers no such classes, or these cells do not tell them apart.
std::optional<Sides> class_sides(const ColumnCells& cells, const ColumnCounts& reference, const ColumnCounts& current,
                                 const OutputSignature& output);

}  // namespace upkeep
