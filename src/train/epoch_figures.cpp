#include "train/epoch_figures.hpp"

#include <algorithm>
#include <cstring>

#include "data/rows.hpp"

namespace upkeep {

namespace {

constexpr std::size_t kGatherBytes = std::size_t{1} << 18;  // per buffer, unless one batch is larger

}  // namespace

EpochFigures::EpochFigures(const TrainingGraph& graph, const std::vector<std::vector<metrics::NamedMetric>>& metrics) {
  for (std::size_t i = 0; i < graph.outputs.size(); ++i) {
    const TrainedOutput& from = graph.outputs[i];
    Output output{.prefix = graph.outputs.size() > 1 ? from.name + "_" : "",
                  .metrics = {},
                  .predictions = gathered(from.predictions),
                  .targets = gathered(from.targets),
                  .mask = from.mask ? std::optional(gathered(*from.mask)) : std::nullopt,
                  .all_heed_mask = from.all_heed_mask};
    for (const metrics::NamedMetric& metric : metrics[i])
      output.metrics.push_back({metric.name, metric.higher_is_better, metric.metric->fresh(), metric.heeds_masks, metric.weighted});
    outputs_.push_back(std::move(output));
  }
  const bool weighted = std::ranges::any_of(
      outputs_, [](const Output& output) { return std::ranges::any_of(output.metrics, &metrics::NamedMetric::weighted); });
  if (weighted && !graph.sample_weights.empty())
    weights_ = gathered({.name = graph.sample_weights, .type = {.dtype = DType::kFloat32, .shape = Dims{Dim("batch")}}});
}

EpochFigures::Gathered EpochFigures::gathered(const ValueInfo& value) {
  Shape shape = {0};
  for (std::size_t i = 1; i < value.type.shape->size(); ++i) shape.push_back((*value.type.shape)[i].value);
  return {std::make_shared<std::vector<std::byte>>(), value.type.dtype, shape, row_size(value) * size_bits(value.type.dtype) / 8};
}

void EpochFigures::begin_batch(std::size_t rows, float loss) {
  loss_ += double{loss} * static_cast<double>(rows);
  rows_ += rows;
  if (gathered_ + rows > capacity_) make_room(rows);
}

void EpochFigures::append(Gathered& to, const void* from, std::size_t rows) const {
  std::memcpy(to.bytes->data() + gathered_ * to.row_bytes, from, rows * to.row_bytes);
}

void EpochFigures::append(Gathered& to, const void* from, std::size_t mine, Ranks& ranks) const {
  std::byte* at = to.bytes->data() + gathered_ * to.row_bytes;
  for (const std::string& part : ranks.gather(std::string(static_cast<const char*>(from), mine * to.row_bytes))) {
    std::memcpy(at, part.data(), part.size());
    at += part.size();
  }
}

template <typename Append>
void EpochFigures::gather(const GraphRunner& runner, const Append& append) {
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    if (outputs_[i].metrics.empty()) continue;
    append(outputs_[i].predictions, runner.predictions(i));
    append(outputs_[i].targets, runner.targets(i));
    if (outputs_[i].mask) append(*outputs_[i].mask, runner.mask(i));
  }
  if (weights_) append(*weights_, runner.sample_weights());
}

void EpochFigures::add(const GraphRunner& runner, std::size_t rows) {
  begin_batch(rows, runner.loss());
  for (std::size_t i = 0; i < outputs_.size(); ++i) outputs_[i].loss += double{runner.loss(i)} * static_cast<double>(rows);
  gather(runner, [&](Gathered& to, const void* from) { append(to, from, rows); });
  gathered_ += rows;
}

void EpochFigures::add(const GraphRunner& runner, std::size_t mine, std::size_t rows, float loss, Ranks& ranks) {
  begin_batch(rows, loss);
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    float own = mine == 0 ? 0.0F : runner.loss(i) * static_cast<float>(mine);
    ranks.sum(std::span(&own, 1));
    outputs_[i].loss += double{own};
  }
  gather(runner, [&](Gathered& to, const void* from) { append(to, from, mine, ranks); });
  gathered_ += rows;
}

void EpochFigures::clear() {
  for (Output& output : outputs_) {
    for (metrics::NamedMetric& metric : output.metrics) metric.metric = metric.metric->fresh();
    output.loss = 0;
  }
  gathered_ = 0;
  loss_ = 0;
  rows_ = 0;
}

void EpochFigures::make_room(std::size_t rows) {
  flush();
  if (rows <= capacity_) return;
  std::size_t row_bytes = 1;
  for (const Output& output : outputs_) row_bytes = std::max({row_bytes, output.predictions.row_bytes, output.targets.row_bytes});
  capacity_ = std::max(rows, kGatherBytes / row_bytes);
  for (Gathered* gathered : columns()) gathered->bytes->resize(capacity_ * gathered->row_bytes);
}

std::vector<EpochFigures::Gathered*> EpochFigures::columns() {
  std::vector<Gathered*> all;
  for (Output& output : outputs_)
    if (!output.metrics.empty()) {
      all.insert(all.end(), {&output.predictions, &output.targets});
      if (output.mask) all.push_back(&*output.mask);
    }
  if (weights_) all.push_back(&*weights_);
  return all;
}

Tensor EpochFigures::tensor(const Gathered& gathered) const {
  Shape shape = gathered.shape;
  shape[0] = static_cast<std::int64_t>(gathered_);
  return Tensor::share(gathered.dtype, std::move(shape), gathered.bytes, gathered.bytes->data());
}

// The weights of the steps that count, row by row.
static std::vector<float> weights_of_counted(std::span<const float> weights, const Tensor& mask) {
  std::vector<float> counted;
  const std::span<const float> steps = mask.floats();
  for (std::size_t i = 0; i < steps.size() && !weights.empty(); ++i)
    if (steps[i] != 0) counted.push_back(weights[i / (steps.size() / weights.size())]);
  return counted;
}

void EpochFigures::add_to_metrics(const Output& output, std::span<const float> weights) const {
  if (output.metrics.empty()) return;
  const Tensor predictions = tensor(output.predictions);
  const Tensor targets = tensor(output.targets);
  Tensor counted, wanted;  // the steps that count, as rows
  std::vector<float> counted_weights;
  if (output.mask) {
    const Tensor mask = tensor(*output.mask);
    counted = take_counted(predictions, mask);
    wanted = take_counted(targets, mask);
    counted_weights = weights_of_counted(weights, mask);
  }
  for (const metrics::NamedMetric& metric : output.metrics)
    in_context("metric " + metric.name, [&] {
      const bool masked = output.mask && (metric.heeds_masks || output.all_heed_mask);
      const std::span<const float> of_rows = masked ? std::span<const float>(counted_weights) : weights;
      metric.metric->add(masked ? counted : predictions, masked ? wanted : targets, metric.weighted ? of_rows : std::span<const float>());
    });
}

void EpochFigures::flush() {
  if (gathered_ == 0) return;
  {
    const Tensor weights = weights_ ? tensor(*weights_) : Tensor();
    for (const Output& output : outputs_) add_to_metrics(output, weights_ ? weights.floats() : std::span<const float>());
  }
  for (Gathered* gathered : columns())  // a metric that kept its tensors keeps their bytes
    if (gathered->bytes.use_count() > 1) gathered->bytes = std::make_shared<std::vector<std::byte>>(capacity_ * gathered->row_bytes);
  gathered_ = 0;
}

Figures EpochFigures::take(const std::string& prefix) {
  flush();
  const auto rows = static_cast<double>(rows_);
  Figures figures = {{prefix + "loss", loss_ / rows}};
  if (outputs_.size() > 1)
    for (const Output& output : outputs_) figures.emplace_back(prefix + output.prefix + "loss", output.loss / rows);
  for (const Output& output : outputs_) {
    for (const metrics::NamedMetric& metric : output.metrics)
      figures.emplace_back(prefix + output.prefix + metric.name, metric.metric->value());
  }
  clear();
  return figures;
}

}  // namespace upkeep
