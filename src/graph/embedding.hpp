// The embedding of a row: what a model makes of it before its answer, as at most 32 numbers. Inputs that are too wide to be logged leave it
// in the log, where its numbers are compared with those of the reference, each by itself (Rabanser, Guennemann & Lipton 2019: tests of each
// dimension, corrected for their number, find shifts of images as well as tests of all dimensions at once).
//
// It is an output of the graph like any other, of a reserved name: servers log it and show it only to those who ask for it.
#pragma once

#include <cstdint>
#include <string>

#include "graph/graph.hpp"

namespace upkeep {

inline constexpr const char* kEmbeddingOutput = "upkeep.embedding";
inline constexpr std::int64_t kEmbeddingWidth = 32;

bool has_embedding(const Model& model);

// The value that it is made of; empty: the model has none.
std::string embedded_value(const Model& model);

// The value that the last dense layer reads: the last Gemm or MatMul with a constant matrix. Throws Error{kNotFound}: the model has none.
std::string value_before_last_dense(const Model& model);

// Adds the output: a value of floats, [N, ...], flattened, and where a row has more than 32 numbers projected by a fixed random matrix
// (Johnson & Lindenstrauss 1984: distances stay, nearly), the same for every model of that width. Replaces the one that is there. Throws
// Error: no such value, a value without rows of a known size, one that is no output of floats.
void add_embedding(Model& model, const std::string& value);

}  // namespace upkeep
