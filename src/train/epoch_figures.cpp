#include "train/epoch_figures.hpp"

#include <algorithm>
#include <cstring>

namespace upkeep {

namespace {

constexpr std::size_t kGatherBytes = std::size_t{1} << 18;  // per buffer, unless one batch is larger

}  // namespace

EpochFigures::EpochFigures(const TrainingGraph& graph, const std::vector<metrics::NamedMetric>& metrics)
    : predictions_(gathered(graph.predictions)), targets_(gathered(graph.targets)) {
  for (const metrics::NamedMetric& metric : metrics) metrics_.push_back({metric.name, metric.higher_is_better, metric.metric->fresh()});
}

EpochFigures::Gathered EpochFigures::gathered(const ValueInfo& value) {
  Shape shape = {0};
  for (std::size_t i = 1; i < value.type.shape->size(); ++i) shape.push_back((*value.type.shape)[i].value);
  return {std::make_shared<std::vector<std::byte>>(), value.type.dtype, shape, row_size(value) * size_bits(value.type.dtype) / 8};
}

void EpochFigures::add(const GraphRunner& runner, std::size_t rows) {
  loss_ += double{runner.loss()} * static_cast<double>(rows);
  rows_ += rows;
  if (metrics_.empty()) return;
  if (gathered_ + rows > capacity_) make_room(rows);
  std::memcpy(predictions_.bytes->data() + gathered_ * predictions_.row_bytes, runner.predictions(), rows * predictions_.row_bytes);
  std::memcpy(targets_.bytes->data() + gathered_ * targets_.row_bytes, runner.targets(), rows * targets_.row_bytes);
  gathered_ += rows;
}

void EpochFigures::make_room(std::size_t rows) {
  flush();
  if (rows <= capacity_) return;
  const std::size_t row_bytes = std::max({predictions_.row_bytes, targets_.row_bytes, std::size_t{1}});
  capacity_ = std::max(rows, kGatherBytes / row_bytes);
  for (Gathered* gathered : {&predictions_, &targets_}) gathered->bytes->resize(capacity_ * gathered->row_bytes);
}

Tensor EpochFigures::tensor(const Gathered& gathered) const {
  Shape shape = gathered.shape;
  shape[0] = static_cast<std::int64_t>(gathered_);
  return Tensor::share(gathered.dtype, std::move(shape), gathered.bytes, gathered.bytes->data());
}

void EpochFigures::flush() {
  if (gathered_ == 0) return;
  for (const metrics::NamedMetric& metric : metrics_)
    in_context("metric " + metric.name, [&] { metric.metric->add(tensor(predictions_), tensor(targets_)); });
  gathered_ = 0;
  for (Gathered* gathered : {&predictions_, &targets_})  // a metric that kept its tensors keeps their bytes
    if (gathered->bytes.use_count() > 1) gathered->bytes = std::make_shared<std::vector<std::byte>>(capacity_ * gathered->row_bytes);
}

Figures EpochFigures::take(const std::string& prefix) {
  flush();
  Figures figures = {{prefix + "loss", loss_ / static_cast<double>(rows_)}};
  for (metrics::NamedMetric& metric : metrics_) {
    figures.emplace_back(prefix + metric.name, metric.metric->value());
    metric.metric = metric.metric->fresh();
  }
  loss_ = 0;
  rows_ = 0;
  return figures;
}

}  // namespace upkeep
