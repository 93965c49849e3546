// Rows of tensors: gathering and joining along axis 0.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "upkeep/tensor.hpp"

namespace upkeep {

// Bytes of one row. Throws Error{kUnsupported} for elements that do not fill whole bytes (strings, packed 4-bit types).
std::size_t row_bytes(const Tensor& values);

// Copies rows `indices` of `from` (rows of `bytes` bytes each, `rows` of them) to `to`; neighbours in one piece.
// Throws Error{kInvalidArgument} for an index outside of [0, rows).
void gather_rows(const std::byte* from, std::int64_t rows, std::size_t bytes, std::span<const std::int64_t> indices, std::byte* to);

// The rows `indices`, in that order; an index may stand several times.
Tensor take_rows(const Tensor& values, std::span<const std::int64_t> indices);

// The parts of [rows, steps, ...] that `mask` [rows, steps] is not 0 for, as rows of their own: [counted, ...]. Throws
// Error{kInvalidArgument} when the values do not begin with the mask's axes.
Tensor take_counted(const Tensor& values, const Tensor& mask);

// One after the other. Parts of different numeric types become int64 where all are whole numbers that fit it, else float64. Throws
// Error{kInvalidArgument} when the rows have different shapes.
Tensor concatenate_rows(const std::vector<Tensor>& parts);

}  // namespace upkeep
