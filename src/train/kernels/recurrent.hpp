// What the recurrent kernels share: ONNX's layout 0, in which x is [steps, batch, inputs] and y [steps, directions, batch, hidden].
#pragma once

#include "train/kernels/kernel.hpp"
#include "train/kernels/shared/onednn.hpp"
#include "train/kernels/shared/rows.hpp"

namespace upkeep::kernels {

struct RecurrentSizes {
  std::int64_t steps, batch, inputs, directions, hidden, gate_count;
  std::int64_t gates() const { return gate_count * hidden; }
  std::int64_t rows() const { return steps * batch; }
};

// From the inputs x, w, r of a node.
inline RecurrentSizes recurrent_sizes(const KernelContext& context, std::int64_t gate_count) {
  const Shape x = context.shape(0);
  const Shape r = context.shape(2);
  return {.steps = x[0], .batch = x[1], .inputs = x[2], .directions = r[0], .hidden = r[2], .gate_count = gate_count};
}

// One direction: its steps in the order in which they are taken, and where it finds its numbers.
struct Part {
  RecurrentSizes sizes;
  std::int64_t direction;
  bool backwards;
  std::int64_t time(std::int64_t step) const { return backwards ? sizes.steps - 1 - step : step; }
  const float* h_at(const float* y, std::int64_t step) const {
    return y + (time(step) * sizes.directions + direction) * sizes.batch * sizes.hidden;
  }
  float* h_at(float* y, std::int64_t step) const { return const_cast<float*>(h_at(static_cast<const float*>(y), step)); }
  // In a matrix [steps * batch, ...].
  std::int64_t row(std::int64_t step, std::int64_t n) const { return time(step) * sizes.batch + n; }
};

inline Part part_of(const RecurrentSizes& sizes, const std::string& direction, std::int64_t index) {
  return {sizes, index, direction == "reverse" || index == 1};
}

// Rows of the batch for each thread. The products inside run on that thread alone.
template <typename Work>
void for_rows(KernelContext& context, const RecurrentSizes& sizes, const Work& work) {
  const std::int64_t grain = (64 << 10) / std::max<std::int64_t>(sizes.steps * sizes.gates(), 1) + 1;
  context.parallel_for(sizes.batch, grain, [&](std::int64_t begin, std::int64_t end) {
    onednn::library().set_threads(1);
    work(begin, end);
  });
  onednn::library().set_threads(context.threads());
}

// Every row of [steps * batch, gates] becomes `row`.
inline void fill_rows(KernelContext& context, const RecurrentSizes& sizes, const float* row, float* to) {
  context.parallel_for(sizes.rows(), (16 << 10) / sizes.gates() + 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) std::copy_n(row, sizes.gates(), to + i * sizes.gates());
  });
}

inline void sum_rows(const RecurrentSizes& sizes, const float* rows, float* sum) {
  std::fill_n(sum, sizes.gates(), 0.0F);
  for (std::int64_t i = 0; i < sizes.rows(); ++i) add_row(sizes.gates(), rows + i * sizes.gates(), sum);
}

// nullptr where the node has none.
inline const float* optional_input(const KernelContext& context, std::size_t input, std::int64_t offset) {
  return context.has(input) ? context.input<float>(input) + offset : nullptr;
}

inline Value input_or_none(const std::vector<Value>& inputs, std::size_t i) { return i < inputs.size() ? inputs[i] : Value(); }

}  // namespace upkeep::kernels
