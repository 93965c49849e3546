// What the loops compute does not depend on the instruction set: each that this machine has gives, bit by bit, what a plain loop gives.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <cmath>

#include "train/optimizers/shared/loops.hpp"
#include "train/optimizers/training_run.hpp"

namespace upkeep::optimizers {

namespace {

// Makes the dispatcher choose one instruction set, and all of the machine's again at the end.
class OnlyTarget {
 public:
  explicit OnlyTarget(std::int64_t target) { choose(target); }
  ~OnlyTarget() { choose(0); }
  OnlyTarget(const OnlyTarget&) = delete;
  OnlyTarget& operator=(const OnlyTarget&) = delete;

 private:
  static void choose(std::int64_t target) {
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
};

std::vector<std::int64_t> targets_here() {
  std::vector<std::int64_t> targets;
  for (std::int64_t rest = hwy::SupportedTargets(); rest != 0; rest &= rest - 1) targets.push_back(rest & -rest);
  return targets;
}

// One element: its weight, gradient and slots.
using PlainStep = std::function<void(float& w, float g, std::vector<float>& s, std::int64_t t)>;

float power_of(float base, std::int64_t exponent) {
  double result = 1.0;
  for (double square = base; exponent > 0; exponent /= 2, square *= square)
    if (exponent % 2 == 1) result *= square;
  return static_cast<float>(result);
}

struct PlainCase {
  std::string name;
  Json settings;
  std::vector<float> start;  // of the slots
  PlainStep step;
};

constexpr float kRate = 0.05f;
constexpr float kEpsilon = 1e-7f;

std::vector<PlainCase> plain_cases() {
  const auto fresh = [](double share) { return static_cast<float>(1.0 - share); };
  std::vector<PlainCase> cases;
  const auto add = [&](const std::string& name, Json settings, std::vector<float> start, PlainStep step) {
    settings["learning_rate"] = kRate;
    cases.push_back({name, std::move(settings), std::move(start), std::move(step)});
  };
  add("sgd", {}, {}, [](float& w, float g, auto&, auto) { w -= g * kRate; });
  add("sgd", {{"momentum", 0.9}}, {0}, [](float& w, float g, auto& s, auto) {
    s[0] = s[0] * 0.9f - g * kRate;
    w += s[0];
  });
  add("sgd", {{"momentum", 0.9}, {"nesterov", true}}, {0}, [](float& w, float g, auto& s, auto) {
    s[0] = s[0] * 0.9f - g * kRate;
    w += s[0] * 0.9f - g * kRate;
  });
  for (const bool amsgrad : {false, true})
    add("adam", {{"amsgrad", amsgrad}}, {0, 0, 0}, [=](float& w, float g, auto& s, std::int64_t t) {
      const float alpha = kRate * std::sqrt(1.0f - power_of(0.999f, t)) / (1.0f - power_of(0.9f, t));
      s[0] += (g - s[0]) * fresh(0.9);
      s[1] += (g * g - s[1]) * fresh(0.999);
      s[2] = std::max(s[2], s[1]);
      w -= s[0] * alpha / (std::sqrt(amsgrad ? s[2] : s[1]) + kEpsilon);
    });
  add("adamax", {}, {0, 0}, [=](float& w, float g, auto& s, std::int64_t t) {
    s[0] += (g - s[0]) * fresh(0.9);
    s[1] = std::max(0.999f * s[1], std::abs(g));
    w -= kRate * s[0] / ((1.0f - power_of(0.9f, t)) * (s[1] + kEpsilon));
  });
  add("adagrad", {}, {0.1f}, [](float& w, float g, auto& s, auto) {
    s[0] += g * g;
    w -= kRate * g / std::sqrt(s[0] + kEpsilon);
  });
  add("adadelta", {}, {0, 0}, [=](float& w, float g, auto& s, auto) {
    s[0] = 0.95f * s[0] + fresh(0.95) * (g * g);
    const float step = std::sqrt(s[1] + kEpsilon) * g / std::sqrt(s[0] + kEpsilon);
    s[1] = 0.95f * s[1] + fresh(0.95) * (step * step);
    w -= kRate * step;
  });
  for (const bool centered : {false, true})
    for (const double momentum : {0.0, 0.5})
      add("rmsprop", {{"centered", centered}, {"momentum", momentum}}, {0, 0, 0}, [=](float& w, float g, auto& s, auto) {
        s[0] = 0.9f * s[0] + fresh(0.9) * (g * g);
        s[1] = 0.9f * s[1] + fresh(0.9) * g;
        const float step = kRate * g / std::sqrt((centered ? s[0] - s[1] * s[1] : s[0]) + kEpsilon);
        s[2] = static_cast<float>(momentum) * s[2] + step;
        w -= s[2];
      });
  add("lion", {}, {0}, [](float& w, float g, auto& s, auto) {
    const float mix = s[0] * 0.9f + g * (1.0f - 0.9f);
    w -= kRate * (mix > 0 ? 1.0f : mix < 0 ? -1.0f : mix);
    s[0] = s[0] * 0.99f + g * (1.0f - 0.99f);
  });
  add("ftrl", {{"l1_regularization_strength", 0.25}, {"beta", 0.5}}, {0.1f, 0}, [](float& w, float g, auto& s, auto) {
    const float sum = s[0] + g * g;
    s[1] += g + 0.0f * w - (std::sqrt(sum) - std::sqrt(s[0])) / kRate * w;
    w = (std::min(std::max(s[1], -0.25f), 0.25f) - s[1]) / (std::sqrt(sum) / kRate + 2.0f * (0.5f / (2.0f * kRate)));
    s[0] = sum;
  });
  return cases;
}

constexpr std::size_t kElements = 37;  // no multiple of any width

std::vector<float> plain_run(const PlainCase& one) {
  std::vector<float> weights;
  std::vector<std::vector<float>> slots(kElements, one.start);
  for (std::size_t i = 0; i < kElements; ++i) weights.push_back((static_cast<float>(i) - 3.0f) / 4.0f);
  GradientSequence sequence;
  for (std::int64_t t = 1; t <= 10; ++t) {
    const std::vector<float> gradients = sequence.next(kElements);
    for (std::size_t i = 0; i < kElements; ++i) one.step(weights[i], gradients[i], slots[i], t);
  }
  return weights;
}

}  // namespace

TEST(Loops, GiveWhatAPlainLoopGivesWithEachInstructionSet) {
  ASSERT_FALSE(targets_here().empty());
  for (const PlainCase& one : plain_cases()) {
    const std::vector<float> expected = plain_run(one);
    for (const std::int64_t target : targets_here()) {
      const OnlyTarget only(target);
      EXPECT_EQ(train(one.name, one.settings, 10, {{"a", {11}}, {"b", {26}}}).weights, expected)
          << one.name << one.settings.dump() << " with " << hwy::TargetName(target);
    }
  }
}

// All members, weights as matrices, with decay, clipping, accumulation and averaging.
TEST(Loops, GiveTheSameWithEachInstructionSet) {
  const Json common = {
      {"learning_rate", 0.05}, {"weight_decay", 0.1}, {"clipnorm", 3.0}, {"gradient_accumulation_steps", 2}, {"use_ema", true}};
  for (const OptimizerEntry& entry : catalog()) {
    std::optional<TrainingRun> first;
    for (const std::int64_t target : targets_here()) {
      const OnlyTarget only(target);
      TrainingRun run = train(entry.name, common, 10, {{"kernel", {7, 19}}, {"other", {11, 3}}, {"bias", {5}}});
      if (!first) first = std::move(run);
      EXPECT_EQ(run.weights.empty() ? first->weights : run.weights, first->weights) << entry.name << " with " << hwy::TargetName(target);
      EXPECT_EQ(run.weights.empty() ? first->slots : run.slots, first->slots) << entry.name << " with " << hwy::TargetName(target);
    }
  }
}

TEST(Loops, AddUpTheSameWhateverTheWidth) {
  EXPECT_EQ(sum_of_squares(std::vector<float>(1000, 3.0f)), 9000.0);
  EXPECT_EQ(sum_of_squares(std::vector<float>{}), 0.0);
}

}  // namespace upkeep::optimizers
