// How far the answers of a changed model are from those of the model it was.
#pragma once

#include <future>
#include <map>
#include <optional>
#include <string>

#include "graph/graph.hpp"
#include "upkeep/tensor.hpp"

namespace upkeep::quantization {

// Signal to quantisation noise in decibels, by output: 10 log10(sum of y^2 / sum of (y - y')^2). Floating outputs only; values
// that were not finite before are left out. 200 where they are equal, -200 where a value is finite no more.
std::map<std::string, double> sqnr_of(const Tensors& answers, const Tensors& changed);
double least_of(const std::map<std::string, double>& sqnr);  // 200 for none

// `count` of the rows, evenly spaced; all where there are no more.
Tensors evenly(const Tensors& rows, std::int64_t count);
std::int64_t row_count(const Tensors& rows);

// Compares changed models with the answers that a model gave to rows.
class Fidelity {
 public:
  Fidelity(const Model& model, Tensors rows, int threads);
  bool has_rows() const { return row_count(rows_) > 0; }
  const Tensors& rows() const { return rows_; }
  // Empty without rows. `threads` of the runtime, where others than all are asked for.
  std::map<std::string, double> sqnr(const Model& changed, std::optional<int> threads = std::nullopt) const;

 private:
  Tensors rows_;
  std::shared_future<Tensors> answers_;  // made beside what else is done until they are needed
  int threads_;
};

}  // namespace upkeep::quantization
