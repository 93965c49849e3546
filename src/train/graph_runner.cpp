#include "train/graph_runner.hpp"

#include <algorithm>
#include <cstring>

#include "base/random.hpp"
#include "data/rows.hpp"
#include "train/kernels/kernel.hpp"

namespace upkeep {

namespace {

Shape row_shape(const ValueInfo& value) {
  Shape shape;
  for (std::size_t i = 1; i < value.type.shape->size(); ++i) {
    const Dim& dim = (*value.type.shape)[i];
    if (!dim.known())
      throw Error(ErrorCode::kUnsupported, "\"" + value.name + "\" is " + to_string(value.type),
                  "training needs values of which only the batch dimension varies");
    shape.push_back(dim.value);
  }
  return shape;
}

Shape with_batch(std::int64_t rows, const Shape& row) {
  Shape shape = {rows};
  shape.insert(shape.end(), row.begin(), row.end());
  return shape;
}

Shape with_batch(std::int64_t rows, const Dims& dims) {
  Shape shape;
  for (const Dim& dim : dims) shape.push_back(dim.known() ? dim.value : rows);
  return shape;
}

}  // namespace

std::size_t row_size(const ValueInfo& value) { return static_cast<std::size_t>(element_count(row_shape(value))); }

GraphRunner::GraphRunner(TrainingGraph graph, Parameters& parameters, int threads)
    : graph_(std::move(graph)),
      parameters_(parameters),
      threads_(threads),
      session_(graph_.model, {.threads = threads, .kernels = &kernels::domain()}) {
  for (const ValueInfo& input : graph_.data) stage(input);
  for (const TrainedOutput& output : graph_.outputs) stage(output.targets);
  if (!graph_.sample_weights.empty())
    stage({.name = graph_.sample_weights, .type = {.dtype = DType::kFloat32, .shape = Dims{Dim("batch")}}});
  predictions_.resize(graph_.outputs.size());
  masks_.resize(graph_.outputs.size());
  output_losses_.resize(graph_.outputs.size());
  for (const std::string& weight : graph_.untouched) parameters_.set_rate(place_of(weight), 0);
  for (const auto& [weight, output] : graph_.updates) {
    updated_.push_back(place_of(weight));
    updates_.emplace_back(parameters_.list()[updated_.back()].size);
  }
  for (const auto& [name, dims] : graph_.random) noise_.push_back({name, stream_id(name), dims, {}});
  graph_.model = {};  // the session has it
}

void GraphRunner::stage(const ValueInfo& input) {
  const Shape row = row_shape(input);
  staged_.push_back({input.name, input.type.dtype, row, row_size(input) * size_bits(input.type.dtype) / 8, {}});
}

void GraphRunner::reserve(std::int64_t rows) {
  if (rows <= capacity_) return;
  bound_.clear();
  capacity_ = rows;
  const auto count = static_cast<std::size_t>(rows);
  for (Staged& staged : staged_) staged.bytes.resize(count * staged.row_bytes);
  for (Noise& noise : noise_) noise.values.resize(static_cast<std::size_t>(element_count(with_batch(rows, noise.dims))));
  for (std::size_t i = 0; i < predictions_.size(); ++i) {
    const TrainedOutput& output = graph_.outputs[i];
    predictions_[i].resize(count * row_size(output.predictions));
    if (output.mask) masks_[i].resize(count * row_size(*output.mask));
  }
}

std::unique_ptr<Binding> GraphRunner::bind(std::int64_t rows) {
  auto binding = std::make_unique<Binding>(session_);
  for (Staged& staged : staged_) binding->input(staged.name, staged.dtype, with_batch(rows, staged.row), staged.bytes.data());
  for (Noise& noise : noise_) binding->input(noise.name, DType::kFloat32, with_batch(rows, noise.dims), noise.values.data());
  const std::vector<Parameters::Weight>& weights = parameters_.list();
  for (std::size_t i = 0; i < weights.size(); ++i)
    binding->input(weights[i].name, DType::kFloat32, weights[i].shape, parameters_.weight(i));
  for (const auto& [name, output] : graph_.gradients) {
    const std::size_t i = place_of(name);
    binding->output(output, DType::kFloat32, weights[i].shape, parameters_.gradient(i));
  }
  for (std::size_t i = 0; i < updates_.size(); ++i)
    binding->output(graph_.updates[i].second, DType::kFloat32, weights[updated_[i]].shape, updates_[i].data());
  for (std::size_t i = 0; i < graph_.outputs.size(); ++i) {
    const TrainedOutput& output = graph_.outputs[i];
    binding->output(output.predictions.name, DType::kFloat32, with_batch(rows, row_shape(output.predictions)), predictions_[i].data());
    if (output.mask) binding->output(output.mask->name, DType::kFloat32, with_batch(rows, row_shape(*output.mask)), masks_[i].data());
    if (graph_.outputs.size() > 1) binding->output(output.loss, DType::kFloat32, {}, &output_losses_[i]);
  }
  binding->output(graph_.loss, DType::kFloat32, {}, &loss_);
  return binding;
}

Binding& GraphRunner::binding_for(std::int64_t rows) {
  for (Bound& bound : bound_)
    if (bound.rows == rows) return *bound.binding;
  reserve(rows);
  if (bound_.size() == 2) bound_.erase(bound_.begin());
  bound_.push_back({rows, bind(rows)});
  return *bound_.back().binding;
}

std::size_t GraphRunner::place_of(const std::string& weight) const {
  const std::vector<Parameters::Weight>& weights = parameters_.list();
  const auto found = std::ranges::find(weights, weight, &Parameters::Weight::name);
  if (found == weights.end()) throw Error(ErrorCode::kInternal, "there is no weight \"" + weight + "\"");
  return static_cast<std::size_t>(found - weights.begin());
}

const Tensor& GraphRunner::rows_for(const TrainingData& data, std::size_t staged) const {
  if (staged < data.inputs.size()) return data.inputs[staged];
  staged -= data.inputs.size();
  return staged < data.targets.size() ? data.targets[staged] : data.sample_weights;
}

void GraphRunner::apply_updates() {
  for (std::size_t i = 0; i < updates_.size(); ++i) std::ranges::copy(updates_[i], parameters_.weight(updated_[i]));
}

void GraphRunner::run(const TrainingData& data, std::span<const std::int64_t> rows, const RandomPlace& place) {
  const auto count = static_cast<std::int64_t>(rows.size());
  binding_for(count);
  for (std::size_t i = 0; i < staged_.size(); ++i) {
    const Tensor& all = rows_for(data, i);
    gather_rows(all.bytes().data(), all.shape()[0], staged_[i].row_bytes, rows, staged_[i].bytes.data());
  }
  run_staged(count, place);
}

void GraphRunner::run(const Batch& batch, std::size_t begin, std::size_t count, const RandomPlace& place) {
  binding_for(static_cast<std::int64_t>(count));
  for (std::size_t i = 0; i < staged_.size(); ++i) {
    const std::size_t size = staged_[i].row_bytes;
    std::memcpy(staged_[i].bytes.data(), batch.columns[i] + begin * size, count * size);
  }
  run_staged(static_cast<std::int64_t>(count), place);
}

void GraphRunner::run_staged(std::int64_t rows, const RandomPlace& place) {
  for (Noise& noise : noise_) {
    std::size_t size = 1;
    for (const Dim& dim : noise.dims) size *= static_cast<std::size_t>(dim.known() ? dim.value : rows);
    Random(place.seed, noise.stream, static_cast<std::uint32_t>(place.step)).fill_uniform(std::span(noise.values).first(size));
  }
  binding_for(rows).run();
}

}  // namespace upkeep
