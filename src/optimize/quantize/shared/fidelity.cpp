#include "optimize/quantize/shared/fidelity.hpp"

#include <algorithm>
#include <cmath>

#include "graph/element_types.hpp"
#include "train/trainer.hpp"

namespace upkeep::quantization {

namespace {

constexpr double kEqual = 200;
constexpr std::int64_t kBatch = 64;

double decibels(const Tensor& one, const Tensor& other) {
  const Tensor a = one.cast(DType::kFloat64), b = other.cast(DType::kFloat64);
  double signal = 0, noise = 0;
  const std::size_t count = std::min(a.data<double>().size(), b.data<double>().size());
  for (std::size_t i = 0; i < count; ++i) {
    const double x = a.data<double>()[i], y = b.data<double>()[i];
    if (!std::isfinite(x)) continue;
    if (!std::isfinite(y)) return -kEqual;
    signal += x * x;
    noise += (x - y) * (x - y);
  }
  if (noise == 0) return kEqual;
  if (signal == 0) return -kEqual;
  return std::min(kEqual, 10 * std::log10(signal / noise));
}

}  // namespace

std::map<std::string, double> sqnr_of(const Tensors& answers, const Tensors& changed) {
  std::map<std::string, double> all;
  for (const auto& [name, tensor] : answers)
    if (const auto found = changed.find(name); found != changed.end() && is_floating(tensor.dtype()))
      all[name] = decibels(tensor, found->second);
  return all;
}

double least_of(const std::map<std::string, double>& sqnr) {
  double least = kEqual;
  for (const auto& [name, value] : sqnr) least = std::min(least, value);
  return least;
}

std::int64_t row_count(const Tensors& rows) {
  std::int64_t count = 0;
  for (const auto& [name, tensor] : rows)
    if (tensor.rank() > 0) count = std::max(count, tensor.dim(0));
  return count;
}

// Inputs whose first axes differ cannot be taken by rows.
Tensors evenly(const Tensors& rows, std::int64_t count) {
  const std::int64_t all = row_count(rows);
  const bool same = std::ranges::all_of(rows, [&](const auto& one) { return one.second.rank() == 0 || one.second.dim(0) == all; });
  if (all <= count || !same) return rows;
  Tensors made;
  for (const auto& [name, tensor] : rows) {
    if (tensor.rank() == 0 || tensor.dtype() == DType::kString) {
      made.emplace(name, tensor.rank() == 0 ? tensor : tensor.rows(0, count));
      continue;
    }
    Shape shape = tensor.shape();
    shape[0] = count;
    std::vector<std::byte> bytes;
    for (std::int64_t i = 0; i < count; ++i) {
      const std::int64_t at = i * all / count;
      const auto row = tensor.rows(at, at + 1);
      bytes.insert(bytes.end(), row.bytes().begin(), row.bytes().end());
    }
    made.emplace(name, Tensor::from_bytes(tensor.dtype(), shape, bytes));
  }
  return made;
}

Fidelity::Fidelity(const Model& model, Tensors rows, int threads) : rows_(std::move(rows)), threads_(threads) {
  if (has_rows())
    answers_ = std::async(std::launch::async, [model, rows = rows_, threads] { return predict(model, rows, kBatch, threads); }).share();
}

std::map<std::string, double> Fidelity::sqnr(const Model& changed, std::optional<int> threads) const {
  if (!has_rows()) return {};
  return sqnr_of(answers_.get(), predict(changed, rows_, kBatch, threads.value_or(threads_)));
}

}  // namespace upkeep::quantization
