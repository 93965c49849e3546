// What the augmenters that move pixels have in common: Keras's settings of sampling, and their description.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/inherited.hpp"
#include "data/augment/common.hpp"
#include "data/augment/shared/warp.hpp"

namespace upkeep::augment {

// How pixels between and beyond pixels are read: the base of a geometric augmenter's settings.
struct SamplingSettings {
  std::string interpolation = "bilinear";
  std::string fill_mode = "reflect";
  double fill_value = 0.0;
};

// `own` fields, then how pixels between and beyond pixels are read.
template <typename T, typename... Own>
Settings describe_geometric(std::string name, std::string help, Own... own) {
  return describe<T>(std::move(name), std::move(help), std::move(own)...,
                     inherited<T>("interpolation", &T::interpolation, "how a place between pixels is read", one_of(interpolations())),
                     inherited<T>("fill_mode", &T::fill_mode, "what lies beyond the edge", one_of(fill_modes())),
                     inherited<T>("fill_value", &T::fill_value, "the value beyond the edge, with fill_mode constant"));
}

template <typename T>
class Geometric : public Configured<T> {
 public:
  explicit Geometric(const T& options)
      : Configured<T>(options), sampling_(sampling(options.interpolation, options.fill_mode, options.fill_value)) {}

 protected:
  const Sampling sampling_;
};

}  // namespace upkeep::augment
