// For the tests of this room: 25 updates of seven weights by gradients that Python makes the same way, to compare with Keras's numbers.
#pragma once

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "train/optimizers/optimizer.hpp"

namespace upkeep::optimizers {

// Multiples of 1/512 in [-2, 2) from a linear congruential generator: exact in float32.
class GradientSequence {
 public:
  std::vector<float> next(std::size_t count) {
    std::vector<float> values;
    for (std::size_t i = 0; i < count; ++i) {
      state_ = (state_ * 1103515245 + 12345) % 2147483648;
      values.push_back(static_cast<float>(static_cast<std::int64_t>(state_ / 256 % 2048) - 1024) / 512.0f);
    }
    return values;
  }

 private:
  std::uint64_t state_ = 1;
};

struct TrainingRun {
  std::vector<float> weights;
  std::vector<std::vector<float>> slots;
};

// Weights start at -0.75, -0.5, ..., 0.75; they are one variable, or two of 4 and 3 elements when gradients are clipped.
inline TrainingRun train(const std::string& name, const Json& settings, std::int64_t updates = 25) {
  const auto optimizer = catalog().at(name).make(settings);
  TrainingRun run;
  for (int i = 0; i < 7; ++i) run.weights.push_back(static_cast<float>(i - 3) / 4.0f);
  std::vector<float*> slots;
  for (std::size_t i = 0; i < optimizer->slots().size(); ++i) run.slots.emplace_back(7, optimizer->slot_start(i));
  for (std::vector<float>& slot : run.slots) slots.push_back(slot.data());
  GradientSequence sequence;
  const std::vector<std::size_t> ends = {4, 7};
  for (std::int64_t iteration = 1; iteration <= updates; ++iteration) {
    std::vector<float> gradients = sequence.next(7);
    clip(gradients, ends, optimizer->clipping());
    optimizer->update(run.weights, gradients, slots, {.iteration = iteration, .learning_rate = optimizer->learning_rate()});
  }
  return run;
}

// 1e-6 of each number, and of the size of the steps that led to it: a weight near zero is a difference of larger ones.
inline auto near(std::vector<float> expected, double step = 0.05) {
  std::vector<testing::Matcher<float>> each;
  for (float value : expected) each.push_back(testing::FloatNear(value, static_cast<float>(1e-6 * (std::abs(double{value}) + step))));
  return testing::ElementsAreArray(each);
}

}  // namespace upkeep::optimizers
