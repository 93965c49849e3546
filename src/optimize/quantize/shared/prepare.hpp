// What every method wants done first.
#pragma once

#include "optimize/quantize/quantize.hpp"

namespace upkeep::quantization {

// Whether nodes of the model, or of its sub-graphs, are quantised: Error{kFailedPrecondition} that names one.
void refuse_quantized(const Graph& graph);

// Refuses a model without anything to quantise; folds constants and normalisations; writes a dense layer
// as Gemm with plain factors; in operator set `opset` or newer. What stays in floats (sub-graphs, functions) is said in the notes.
void prepare(Model& model, std::int64_t opset, Change& change);

// Throws Error{kInvalidArgument} naming row and column where a value is NaN and the model has no answer to the row.
void check_rows(const Model& model, const QuantizeContext& context);

}  // namespace upkeep::quantization
