#include "data/batches.hpp"

#include <algorithm>
#include <format>

#include "data/rows.hpp"
#include "upkeep/error.hpp"

namespace upkeep {

namespace {

Shape with_rows(const Tensor& like, std::int64_t rows) {
  Shape shape = like.shape();
  shape.at(0) = rows;
  return shape;
}

}  // namespace

Batches::Batches(const Dataset& data, std::int64_t batch_size)
    : rows_(data.rows()), batch_size_(batch_size), targets_(data.targets), target_bytes_(row_bytes(data.targets)) {
  if (batch_size < 1) throw Error(ErrorCode::kInvalidArgument, std::format("a batch of {} rows is none", batch_size), "at least 1");
  for (const auto& [name, values] : data.inputs) {
    if (values.rank() == 0 || values.dim(0) != rows_)
      throw Error(ErrorCode::kInvalidArgument,
                  std::format("input \"{}\" has the shape {}, the targets have {} rows", name, to_string(values.shape()), rows_));
    names_.push_back(name);
    inputs_.push_back(values.cast(DType::kFloat32));
    input_bytes_.push_back(row_bytes(inputs_.back()));
  }
}

std::int64_t Batches::rows_in(std::int64_t batch) const {
  if (batch < 0 || batch >= count()) throw Error(ErrorCode::kInvalidArgument, std::format("there is no batch {} of {}", batch, count()));
  return std::min(batch_size_, rows_ - batch * batch_size_);
}

std::span<const std::int64_t> Batches::slice(std::span<const std::int64_t> order, std::int64_t batch) const {
  const std::int64_t size = rows_in(batch);
  if (static_cast<std::int64_t>(order.size()) != rows_)
    throw Error(ErrorCode::kInvalidArgument, std::format("an order of {} rows for {} rows", order.size(), rows_));
  return order.subspan(static_cast<std::size_t>(batch * batch_size_), static_cast<std::size_t>(size));
}

Shape Batches::input_shape(std::size_t input, std::int64_t rows) const { return with_rows(inputs_.at(input), rows); }
Shape Batches::target_shape(std::int64_t rows) const { return with_rows(targets_, rows); }

void Batches::gather(std::span<const std::int64_t> order_slice, std::span<std::byte* const> inputs, std::byte* targets) const {
  if (inputs.size() != inputs_.size())
    throw Error(ErrorCode::kInvalidArgument, std::format("{} buffers for {} inputs", inputs.size(), inputs_.size()));
  for (std::size_t i = 0; i < inputs.size(); ++i) gather_rows(inputs_[i].bytes().data(), rows_, input_bytes_[i], order_slice, inputs[i]);
  if (targets) gather_rows(targets_.bytes().data(), rows_, target_bytes_, order_slice, targets);
}

}  // namespace upkeep
