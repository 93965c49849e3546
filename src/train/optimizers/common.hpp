// What all optimisers have in common: Keras's base settings and their description.
#pragma once

#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/settings.hpp"
#include "train/optimizers/optimizer.hpp"

namespace upkeep::optimizers {

// w -= w * weight_decay * learning_rate, before the step and apart from the gradient (Loshchilov & Hutter 2017).
void decay(std::span<float> weights, double weight_decay, double learning_rate);

// Throws Error{kInvalidArgument} when more than one is set.
Clipping checked(const Clipping& clipping);

// The description of an optimiser's settings: the learning rate, `own` fields, then those of Keras's base class.
template <typename T, typename... Own>
Settings describe_optimizer(std::string name, std::string help, Own... own) {
  return describe<T>(
      std::move(name), std::move(help), field("learning_rate", &T::learning_rate, "step size", range(0.0, 1e6)), std::move(own)...,
      field("weight_decay", &T::weight_decay, "share of each weight taken off per update, times the learning rate", range(0.0, 1e6)),
      field("clipnorm", &T::clipnorm, "largest L2 norm of each weight's gradient", range(0.0, 1e30, Ends::kOpenLeft)),
      field("clipvalue", &T::clipvalue, "largest magnitude of a gradient's element", range(0.0, 1e30, Ends::kOpenLeft)),
      field("global_clipnorm", &T::global_clipnorm, "largest L2 norm of all gradients together", range(0.0, 1e30, Ends::kOpenLeft)));
}

// An optimiser over a struct of described settings.
template <typename T>
class Configured : public Optimizer {
 public:
  using Options = T;
  explicit Configured(const T& options)
      : options_(options), clipping_(checked({options.clipnorm, options.clipvalue, options.global_clipnorm})) {}
  double learning_rate() const override { return options_.learning_rate; }
  Clipping clipping() const override { return clipping_; }

 protected:
  void decay_weights(std::span<float> weights, const Step& step) const {
    if (const std::optional<double> share = options_.weight_decay) decay(weights, *share, step.learning_rate);
  }
  const T options_;

 private:
  Clipping clipping_;
};

template <typename O>
OptimizerEntry entry(std::vector<std::string> aliases) {
  const Settings& about = settings<typename O::Options>;
  return {.name = about.name(), .aliases = std::move(aliases), .help = about.help(), .settings = about, .make = [](const Json& values) {
            return std::make_unique<O>(parse<typename O::Options>(values));
          }};
}

}  // namespace upkeep::optimizers
