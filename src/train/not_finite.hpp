// Where numbers that are not finite come from: rows and columns of the data, weights, or the layer that gave the first one.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "data/table.hpp"
#include "graph/graph.hpp"

namespace upkeep {

// `column "b" is missing in row 3, and in 2 more rows`, of the first column that has such values in the given rows (from 0, of the
// dataset); empty where all inputs are finite. Rows are counted as the table counts them.
std::string gaps_in(const Dataset& data, std::span<const std::int64_t> rows);

// `weight "dense/kernel" is not finite`, or `layer "dense" (MatMul) gives the first value that is not finite, in row 3`, when the model
// runs on the given rows of inputs that are finite; empty where everything in the model is finite.
std::string origin_in(const Model& model, const Dataset& data, std::span<const std::int64_t> rows);

// `the answer "y" reaches 3.1e+22 in row 5`, of answers to inputs that are finite, whose squares overflow float32; empty where none does.
std::string grown_answer_in(const Model& model, const Dataset& data, std::span<const std::int64_t> rows);

// `column "b" reaches 1.6e+38 in row 8`, or `target "y" ...`: the number that is farthest from 0 in these rows, where all are finite; empty
// where none is so large that sums of products could overflow.
std::string largest_in(const Dataset& data, std::span<const std::int64_t> rows);

std::vector<std::int64_t> all_rows(const Dataset& data);
// All but those, which ascend.
std::vector<std::int64_t> rows_without(const Dataset& data, const std::vector<std::int64_t>& left_out);

// Rows, from 0, for which an output of the model is NaN: it has no answer to them.
std::vector<std::int64_t> unanswered_rows(const Tensors& outputs, std::int64_t rows);

// The same, and rows whose inputs are missing (NaN) of a model that neither fills gaps nor passes them on: ONNX Runtime's recurrent
// operators and maxima make numbers of them that mean nothing.
std::vector<std::int64_t> unanswered_rows(const Model& model, const Dataset& data, const Tensors& outputs);

// The outputs with NaN in these rows, where they are floats.
Tensors without_answers(Tensors outputs, const std::vector<std::int64_t>& rows);

// From 1, as the table counts them.
std::vector<std::int64_t> row_numbers(const Dataset& data, const std::vector<std::int64_t>& rows);

// `3 of 40 rows have no answer (NaN): 2, 5 and 9; column "b" is missing in row 2, and in 2 more rows`
std::string describe_unanswered(const Dataset& data, const std::vector<std::int64_t>& rows);

}  // namespace upkeep
