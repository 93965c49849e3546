#include "train/graph_runner.hpp"

#include <algorithm>

#include "base/random.hpp"
#include "data/rows.hpp"

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
    : graph_(std::move(graph)), parameters_(parameters), threads_(threads), session_(graph_.model, {.threads = threads}) {
  for (const ValueInfo& input : graph_.data) stage(input);
  stage(graph_.targets);
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
  predictions_.resize(count * row_size(graph_.predictions));
}

std::unique_ptr<Binding> GraphRunner::bind(std::int64_t rows) {
  auto binding = std::make_unique<Binding>(session_);
  for (Staged& staged : staged_) binding->input(staged.name, staged.dtype, with_batch(rows, staged.row), staged.bytes.data());
  for (Noise& noise : noise_) binding->input(noise.name, DType::kFloat32, with_batch(rows, noise.dims), noise.values.data());
  const std::vector<Parameters::Weight>& weights = parameters_.list();
  for (std::size_t i = 0; i < weights.size(); ++i)
    binding->input(weights[i].name, DType::kFloat32, weights[i].shape, parameters_.weight(i));
  for (const auto& [name, output] : graph_.gradients) {
    const auto i = static_cast<std::size_t>(std::ranges::find(weights, name, &Parameters::Weight::name) - weights.begin());
    binding->output(output, DType::kFloat32, weights.at(i).shape, parameters_.gradient(i));
  }
  binding->output(graph_.predictions.name, DType::kFloat32, with_batch(rows, row_shape(graph_.predictions)), predictions_.data());
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

void GraphRunner::run(const TrainingData& data, std::span<const std::int64_t> rows, const RandomPlace& place) {
  const auto count = static_cast<std::int64_t>(rows.size());
  Binding& binding = binding_for(count);
  for (std::size_t i = 0; i < staged_.size(); ++i) {
    const Tensor& all = i < data.inputs.size() ? data.inputs[i] : data.targets;
    gather_rows(all.bytes().data(), all.shape()[0], staged_[i].row_bytes, rows, staged_[i].bytes.data());
  }
  for (Noise& noise : noise_) {
    std::size_t size = 1;
    for (const Dim& dim : noise.dims) size *= static_cast<std::size_t>(dim.known() ? dim.value : count);
    Random(place.seed, noise.stream, static_cast<std::uint32_t>(place.step)).fill_uniform(std::span(noise.values).first(size));
  }
  binding.run();
}

}  // namespace upkeep
