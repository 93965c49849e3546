#include "train/weight_gradients.hpp"

#include <cmath>

#include "base/cores.hpp"
#include "base/format.hpp"
#include "base/random.hpp"
#include "train/trainer_state.hpp"
#include "train/training_data.hpp"

namespace upkeep {

namespace {

void add(std::map<std::string, WeightGradient>& sums, Parameters& parameters) {
  for (std::size_t i = 0; i < parameters.trainable_count(); ++i) {
    const Parameters::Weight& weight = parameters.list()[i];
    WeightGradient& sum = sums[weight.name];
    sum.mean.resize(weight.size);
    sum.square.resize(weight.size);
    const float* gradient = parameters.gradient(i);
    for (std::size_t j = 0; j < weight.size; ++j) {
      sum.mean[j] += gradient[j];
      sum.square[j] += gradient[j] * gradient[j];
    }
  }
}

}  // namespace

std::map<std::string, WeightGradient> weight_gradients(const Model& model, const Compile& compile, const Dataset& data,
                                                       const WeightGradientOptions& options) {
  if (options.batch_size < 1 || options.batches < 1)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("{} batches of {} rows", options.batches, options.batch_size),
                "give 1 or more");
  TrainerState state(model, compile);
  GraphRunner& runner =
      state.training(threads_or_cores(options.threads), data.sample_weights.size() > 0 ? SampleWeights::kGiven : SampleWeights::kNone);
  const TrainingData prepared = prepare(runner.graph(), data);
  const std::vector<std::int64_t> order = Random(options.seed, stream_id("shuffle")).permutation(prepared.rows);
  std::map<std::string, WeightGradient> sums;
  std::int64_t batch = 0;
  for (std::size_t begin = 0; begin < order.size() && batch < options.batches; ++batch) {
    const std::size_t count = std::min(order.size() - begin, static_cast<std::size_t>(options.batch_size));
    runner.run(prepared, std::span(order).subspan(begin, count), {.seed = options.seed, .step = batch});
    if (!std::isfinite(runner.loss()))
      throw Error(ErrorCode::kFailedPrecondition, upkeep::format("the loss of batch {} is {}", batch, runner.loss()),
                  "look at the data and the weights");
    add(sums, state.parameters);
    begin += count;
  }
  for (auto& [name, sum] : sums)
    for (auto* values : {&sum.mean, &sum.square})
      for (float& value : *values) value /= static_cast<float>(batch);
  return sums;
}

}  // namespace upkeep
