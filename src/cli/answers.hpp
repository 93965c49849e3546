// A model's answers as a table: for files, for stdout and for programs.
#pragma once

#include <string>

#include "base/json.hpp"
#include "data/table.hpp"

namespace upkeep {

// Outputs as columns in their own element types: "dense_1" for one value a row, "dense_1.0", "dense_1.1" for several. Rows of two and more
// axes stay arrays where `arrays` (.npz and .parquet hold them), and are such columns elsewhere. Outputs of which one is a scalar, or has
// another first axis, are arrays without rows (Table::wholes).
Table answers_table(const Tensors& outputs, bool arrays);

// {"dense_1": [0.5, null, ...]}: null for what is not finite.
Json to_json(const Table& answers);

// RFC 4180, a heading and a line for each row. Throws Error{kUnsupported} for arrays without rows.
std::string csv_text(const Table& answers);

}  // namespace upkeep
