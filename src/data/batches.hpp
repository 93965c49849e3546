// Batches of a dataset: rows in a given order, copied into buffers that the caller keeps (and a session is bound to).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "data/table.hpp"

namespace upkeep {

// Immutable; any thread may gather. Shares the dataset's memory.
class Batches {
 public:
  // Inputs are cast to float32. Targets stay as they are ([N, K] float32, or [N, 1] int64).
  // Throws Error{kInvalidArgument} when the batch size is not positive, or inputs and targets have different numbers of rows.
  Batches(const Dataset& data, std::int64_t batch_size);

  std::int64_t rows() const { return rows_; }
  std::int64_t batch_size() const { return batch_size_; }
  std::int64_t count() const { return (rows_ + batch_size_ - 1) / batch_size_; }  // the last one may be short
  std::int64_t rows_in(std::int64_t batch) const;                                 // throws Error{kInvalidArgument} outside of [0, count())
  // The part of `order` (a permutation of the rows, or any list of as many) that makes up batch number `batch`.
  std::span<const std::int64_t> slice(std::span<const std::int64_t> order, std::int64_t batch) const;

  const std::vector<std::string>& input_names() const { return names_; }  // sorted; the order of `inputs` below
  Shape input_shape(std::size_t input, std::int64_t rows) const;          // [rows, ...]
  Shape target_shape(std::int64_t rows) const;                            // [rows, ...]
  DType target_type() const { return targets_.dtype(); }
  std::size_t input_row_bytes(std::size_t input) const { return input_bytes_.at(input); }
  std::size_t target_row_bytes() const { return target_bytes_; }

  // Copies rows `order_slice[0]`, `order_slice[1]`, ... to the buffers: one of order_slice.size() * input_row_bytes(i) bytes for each
  // input, and one of order_slice.size() * target_row_bytes() for the targets (nullptr: no targets wanted). Neighbouring rows are copied in
  // one piece. Throws Error{kInvalidArgument} for a row that is not there, or another number of buffers; the buffers then hold nothing of
  // use.
  void gather(std::span<const std::int64_t> order_slice, std::span<std::byte* const> inputs, std::byte* targets) const;

 private:
  std::int64_t rows_;
  std::int64_t batch_size_;
  std::vector<std::string> names_;
  std::vector<Tensor> inputs_;
  std::vector<std::size_t> input_bytes_;
  Tensor targets_;
  std::size_t target_bytes_;
};

}  // namespace upkeep
