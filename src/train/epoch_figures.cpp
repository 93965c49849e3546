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
      output.metrics.push_back({metric.name, metric.higher_is_better, metric.metric->fresh(), metric.heeds_masks});
    outputs_.push_back(std::move(output));
  }
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

void EpochFigures::add(const GraphRunner& runner, std::size_t rows) {
  begin_batch(rows, runner.loss());
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    Output& output = outputs_[i];
    output.loss += double{runner.loss(i)} * static_cast<double>(rows);
    if (output.metrics.empty()) continue;
    const auto append = [&](Gathered& to, const void* from) {
      std::memcpy(to.bytes->data() + gathered_ * to.row_bytes, from, rows * to.row_bytes);
    };
    append(output.predictions, runner.predictions(i));
    append(output.targets, runner.targets(i));
    if (output.mask) append(*output.mask, runner.mask(i));
  }
  gathered_ += rows;
}

void EpochFigures::add(const GraphRunner& runner, std::size_t mine, std::size_t rows, float loss, Ranks& ranks) {
  begin_batch(rows, loss);
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    Output& output = outputs_[i];
    float own = mine == 0 ? 0.0F : runner.loss(i) * static_cast<float>(mine);
    ranks.sum(std::span(&own, 1));
    output.loss += double{own};
    if (output.metrics.empty()) continue;
    const auto append = [&](Gathered& to, const void* from) {
      std::byte* at = to.bytes->data() + gathered_ * to.row_bytes;
      for (const std::string& part : ranks.gather(std::string(static_cast<const char*>(from), mine * to.row_bytes))) {
        std::memcpy(at, part.data(), part.size());
        at += part.size();
      }
    };
    append(output.predictions, runner.predictions(i));
    append(output.targets, runner.targets(i));
    if (output.mask) append(*output.mask, runner.mask(i));
  }
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
  for (Output& output : outputs_) {
    if (output.metrics.empty()) continue;
    for (Gathered* gathered : all_of(output)) gathered->bytes->resize(capacity_ * gathered->row_bytes);
  }
}

Tensor EpochFigures::tensor(const Gathered& gathered) const {
  Shape shape = gathered.shape;
  shape[0] = static_cast<std::int64_t>(gathered_);
  return Tensor::share(gathered.dtype, std::move(shape), gathered.bytes, gathered.bytes->data());
}

std::vector<EpochFigures::Gathered*> EpochFigures::all_of(Output& output) {
  std::vector<Gathered*> all = {&output.predictions, &output.targets};
  if (output.mask) all.push_back(&*output.mask);
  return all;
}

void EpochFigures::add_to_metrics(const Output& output) const {
  if (output.metrics.empty()) return;
  const Tensor predictions = tensor(output.predictions);
  const Tensor targets = tensor(output.targets);
  Tensor counted, wanted;  // the steps that count, as rows
  if (output.mask) {
    const Tensor mask = tensor(*output.mask);
    counted = take_counted(predictions, mask);
    wanted = take_counted(targets, mask);
  }
  for (const metrics::NamedMetric& metric : output.metrics)
    in_context("metric " + metric.name, [&] {
      const bool masked = output.mask && (metric.heeds_masks || output.all_heed_mask);
      metric.metric->add(masked ? counted : predictions, masked ? wanted : targets);
    });
}

void EpochFigures::flush() {
  if (gathered_ == 0) return;
  for (Output& output : outputs_) {
    add_to_metrics(output);
    for (Gathered* gathered : all_of(output))  // a metric that kept its tensors keeps their bytes
      if (gathered->bytes.use_count() > 1) gathered->bytes = std::make_shared<std::vector<std::byte>>(capacity_ * gathered->row_bytes);
  }
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
