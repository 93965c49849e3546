// What the members have in common: Keras's base settings, their description, and elementwise steps.
#pragma once

#include <array>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/inherited.hpp"
#include "train/optimizers/optimizer.hpp"

namespace upkeep::optimizers {

// Throws Error{kInvalidArgument}: more than one kind of clipping; a pattern that is no regular expression.
void check(const Common& common);
bool name_matches(const std::string& pattern, const std::string& name);

// The description of an optimiser's settings: the learning rate, `own` fields, then those of Keras's base class.
template <typename T, typename... Own>
Settings describe_optimizer(std::string name, std::string help, Own... own) {
  const Range positive = range(0.0, 1e30, Ends::kOpenLeft);
  return describe<T>(
      std::move(name), std::move(help), inherited<T>("learning_rate", &T::learning_rate, "step size", range(0.0, 1e6)), std::move(own)...,
      inherited<T>("weight_decay", &T::weight_decay, "share of each weight taken off per update, times the learning rate", range(0.0, 1e6)),
      inherited<T>("exclude_from_weight_decay", &T::exclude_from_weight_decay,
                   "regular expressions; weights in whose names one is found do not decay (\"bias\")"),
      inherited<T>("clipnorm", &T::clipnorm, "largest L2 norm of each weight's gradient", positive),
      inherited<T>("clipvalue", &T::clipvalue, "largest magnitude of a gradient's element", positive),
      inherited<T>("global_clipnorm", &T::global_clipnorm, "largest L2 norm of all gradients together", positive),
      inherited<T>("use_ema", &T::use_ema, "keep a moving average of the weights, which they become at the end"),
      inherited<T>("ema_momentum", &T::ema_momentum, "share of the average kept per batch", range(0.0, 1.0)),
      inherited<T>("ema_overwrite_frequency", &T::ema_overwrite_frequency, "also set the weights to their average this often; null: never",
                   range(1, 1e15), "updates"),
      inherited<T>("loss_scale_factor", &T::loss_scale_factor, "multiplies the loss, and is taken out of the gradients again", positive),
      inherited<T>("gradient_accumulation_steps", &T::gradient_accumulation_steps,
                   "update once per so many batches, by the mean of their gradients", range(2, 1e9), "batches"));
}

// An optimiser over a struct of described settings, derived from Common.
template <typename T>
class Configured : public Optimizer {
 public:
  using Options = T;
  explicit Configured(const T& options) : options_(options) { check(options_); }
  double learning_rate() const override { return options_.learning_rate; }
  const Common& common() const override { return options_; }

 protected:
  const T options_;
};

// A stretch of weights that are alike; frozen ones are left out.
struct Run {
  std::size_t begin = 0;
  std::size_t size = 0;
  double rate = 1.0;
  double weight_decay = 0.0;
};
std::vector<Run> runs(std::span<const Weight> list, bool (*alike)(const Weight&, const Weight&));

// Elements with one learning rate.
struct Elements {
  std::size_t count = 0;
  float* weights = nullptr;
  const float* gradients = nullptr;
  std::array<float*, 3> slots{};  // beside the weights; a slot of another shape from its beginning
  float rate = 0;
};

// An optimiser that steps all elements alike, whatever weight they are of.
template <typename T>
class Elementwise : public Configured<T> {
 public:
  using Configured<T>::Configured;

 protected:
  void update(const Buffers& buffers, const Step& step) const override {
    for (const Run& run : runs(buffers.list, [](const Weight& a, const Weight& b) { return a.rate == b.rate; })) {
      Elements elements{.count = run.size,
                        .weights = buffers.weights.data() + run.begin,
                        .gradients = buffers.gradients.data() + run.begin,
                        .slots = {},
                        .rate = static_cast<float>(step.learning_rate * run.rate)};
      for (std::size_t i = 0; i < std::min(elements.slots.size(), buffers.slots.size()); ++i) {
        const bool beside = buffers.slots[i].begin.back() == buffers.weights.size();
        elements.slots[i] = buffers.slots[i].data + (beside ? run.begin : 0);
      }
      this->step(elements, step.iteration);
    }
  }
  virtual void step(const Elements& elements, std::int64_t iteration) const = 0;
};

template <typename O>
OptimizerEntry entry(std::vector<std::string> aliases) {
  const Settings& about = settings<typename O::Options>;
  return {.name = about.name(), .aliases = std::move(aliases), .help = about.help(), .settings = about, .make = [](const Json& values) {
            return std::make_unique<O>(parse<typename O::Options>(values));
          }};
}

}  // namespace upkeep::optimizers
