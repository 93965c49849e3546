// For the tests of this room: 25 updates of seven weights by gradients that Python makes the same way, to compare with Keras's numbers.
#pragma once

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "train/optimizers/shared/slots.hpp"

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
  std::vector<std::vector<float>> slots;  // of all weights
};

using NamedShapes = std::vector<std::pair<std::string, Shape>>;

// Weights start at -0.75, -0.5, ...; by default they are two variables of 4 and 3 elements.
inline TrainingRun train(const std::string& name, const Json& settings, std::int64_t updates = 25,
                         const NamedShapes& shapes = {{"a", {4}}, {"b", {3}}}) {
  const auto optimizer = catalog().at(name).make(settings);
  std::vector<Weight> list = lay_out(shapes);
  optimizer->prepare(list);
  TrainingRun run;
  for (std::size_t i = 0; i < list.back().begin + list.back().size; ++i) run.weights.push_back((static_cast<float>(i) - 3.0f) / 4.0f);
  const Slots slots(*optimizer, list, run.weights);
  GradientSequence sequence;
  for (std::int64_t iteration = 1; iteration <= updates; ++iteration) {
    std::vector<float> gradients = sequence.next(run.weights.size());
    optimizer->apply({list, run.weights, gradients, slots.values()}, {.iteration = iteration, .learning_rate = optimizer->learning_rate()});
  }
  for (const SlotValues& slot : slots.values()) run.slots.emplace_back(slot.data, slot.data + slot.begin.back());
  return run;
}

// 1e-6 of each number, and of the size of the steps that led to it: a weight near zero is a difference of larger ones.
inline auto near(std::vector<float> expected, double step = 0.05) {
  std::vector<testing::Matcher<float>> each;
  for (float value : expected) each.push_back(testing::FloatNear(value, static_cast<float>(1e-6 * (std::abs(double{value}) + step))));
  return testing::ElementsAreArray(each);
}

}  // namespace upkeep::optimizers
