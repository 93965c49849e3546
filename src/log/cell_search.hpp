// How many edges are not above a value: the cell that it lies in. Masks keep branches out of the search, which chance would send the wrong
// way half of the time, and the searches of several values take their steps together, so that none waits for its own last one.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace upkeep {

// For many values a grid of equal steps between the outer edges comes first, and leaves a few edges to search in. Both the grid and the
// order of floats are monotone: an edge of a lower step is below the value, one of a higher step above it.
class CellSearch {
 public:
  // Ascending edges, which must outlive this; about how many values will be searched.
  CellSearch(std::span<const double> edges, std::size_t values) : edges_(edges) {
    if (values >= kWorthAGrid && edges.size() >= kTogether) make_grid();
    if (begins_.empty()) steps_ = edges.empty() ? 0 : std::bit_floor(edges.size());
    padded_.assign(edges.begin(), edges.end());
    padded_.resize(edges.size() + 2 * steps_, std::numeric_limits<double>::quiet_NaN());  // which is not below anything
  }

  std::size_t of(double value) const { return search<1>(&value)[0]; }

  void count(std::span<const double> values, std::vector<std::int64_t>& counts) const {
    std::size_t i = 0;
    for (; i + kTogether <= values.size(); i += kTogether)
      for (const std::uint32_t cell : search<kTogether>(values.data() + i)) ++counts[cell];
    for (; i < values.size(); ++i) ++counts[search<1>(values.data() + i)[0]];
  }

 private:
  static constexpr std::size_t kTogether = 16, kWorthAGrid = 4096, kSteps = 1024;

  std::size_t step_of(double value) const {
    const double place = (value - low_) * scale_;
    return static_cast<std::size_t>(place > 0 ? (place < kSteps - 1 ? place : kSteps - 1) : 0);
  }

  void make_grid() {
    low_ = edges_.front();
    scale_ = static_cast<double>(kSteps - 1) / (edges_.back() - low_);
    if (!std::isfinite(scale_) || scale_ <= 0) return;
    begins_.resize(kSteps);
    std::size_t most = 0, edge = 0;
    for (std::size_t step = 0; step < kSteps; ++step) {
      begins_[step] = static_cast<std::uint32_t>(edge);
      while (edge < edges_.size() && step_of(edges_[edge]) == step) ++edge;
      most = std::max(most, edge - begins_[step]);
    }
    steps_ = std::bit_floor(most);
  }

  template <std::size_t kValues>
  std::array<std::uint32_t, kValues> search(const double* values) const {
    std::array<std::uint32_t, kValues> at{};
    if (!begins_.empty())
      for (std::size_t i = 0; i < kValues; ++i) at[i] = begins_[step_of(values[i])];
    for (auto step = static_cast<std::uint32_t>(steps_); step > 0; step /= 2)
      for (std::size_t i = 0; i < kValues; ++i) at[i] += step & -static_cast<std::uint32_t>(padded_[at[i] + step - 1] <= values[i]);
    return at;
  }

  std::span<const double> edges_;
  std::vector<double> padded_;
  std::vector<std::uint32_t> begins_;  // of each step of the grid: its first edge; empty: no grid
  double low_ = 0, scale_ = 0;
  std::size_t steps_ = 0;  // a power of 2: the first step of the search
};

}  // namespace upkeep
