// For tests of augmenters: small images, one call by name, and a naive reader of places between and beyond pixels.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "base/error_testing.hpp"
#include "data/augment/shared/pipeline.hpp"

namespace upkeep::augment {

inline Sample test_sample(ImageShape shape, const std::function<float(int y, int x, int c)>& value) {
  Sample sample{.image = {.shape = shape, .pixels = {}}};
  for (int y = 0; y < shape.height; ++y)
    for (int x = 0; x < shape.width; ++x)
      for (int c = 0; c < shape.channels; ++c) sample.image.pixels.push_back(value(y, x, c));
  return sample;
}

// 4 x 5, the image that the numbers from Keras were made of: (7 y^2 + 13 x + 5 x y) mod 31.
inline Sample keras_sample() {
  return test_sample({4, 5, 1}, [](int y, int x, int) { return static_cast<float>((7 * y * y + 13 * x + 5 * x * y) % 31); });
}

// Two channels that differ, no two pixels alike.
inline Sample patterned_sample(int height, int width, int channels = 2) {
  return test_sample({height, width, channels},
                     [](int y, int x, int c) { return static_cast<float>((37 * y + 11 * x + 5 * x * y + 3 * c) % 101); });
}

inline std::unique_ptr<Augmenter> make_augmenter(const std::string& name, const Json& settings) {
  return catalog().at(name).make(settings);
}

inline Sample augmented(const std::string& name, const Json& settings, Sample sample, std::uint64_t seed = 1, const DataFacts& facts = {}) {
  Random random(seed);
  make_augmenter(name, settings)->apply(sample, facts, random);
  return sample;
}

inline Sample mixed(const std::string& name, const Json& settings, Sample sample, const Sample& other, std::uint64_t seed = 1) {
  Random random(seed);
  make_augmenter(name, settings)->mix(sample, other, random);
  return sample;
}

// The pixel of the endless image, by walking back into the image step by step.
inline float endless_pixel(const Image& image, int y, int x, int c, const std::string& mode, float fill) {
  const auto walk = [&mode](int i, int size) {
    while (i < 0 || i >= size) {
      if (mode == "constant") return -1;
      if (mode == "nearest") i += i < 0 ? 1 : -1;
      if (mode == "wrap") i += i < 0 ? size : -size;
      if (mode == "reflect") i = i < 0 ? -i - 1 : 2 * size - 1 - i;
    }
    return i;
  };
  const int row = walk(y, image.shape.height);
  const int column = walk(x, image.shape.width);
  return row < 0 || column < 0 ? fill : image.at(row, column)[c];
}

// Every pixel of the endless image weighs in with max(0, 1 - |dx|) max(0, 1 - |dy|).
inline float read_between(const Image& image, double y, double x, int c, const std::string& mode = "reflect", float fill = 0) {
  double sum = 0;
  for (int j = static_cast<int>(std::floor(y)) - 1; j <= std::floor(y) + 2; ++j)
    for (int i = static_cast<int>(std::floor(x)) - 1; i <= std::floor(x) + 2; ++i) {
      const double weight = std::max(0.0, 1 - std::abs(x - i)) * std::max(0.0, 1 - std::abs(y - j));
      if (weight > 0) sum += weight * endless_pixel(image, j, i, c, mode, fill);
    }
  return static_cast<float>(sum);
}

struct TestPlace {
  double x;
  double y;
};

// Every pixel of `to` is read from the place that `map` gives for it.
inline void expect_read_from(const Image& to, const Image& from, const std::function<TestPlace(int x, int y)>& map,
                             const std::string& mode = "reflect", float fill = 0) {
  for (int y = 0; y < to.shape.height; ++y)
    for (int x = 0; x < to.shape.width; ++x)
      for (int c = 0; c < to.shape.channels; ++c) {
        const TestPlace place = map(x, y);
        EXPECT_NEAR(to.at(y, x)[c], read_between(from, place.y, place.x, c, mode, fill), 1e-3)
            << "at " << x << ", " << y << ", channel " << c;
      }
}

// Within what float32 coordinates of up to 5 pixels and values of up to 31 lose: 5 * 31 * 2^-22.
inline auto near_keras(std::vector<float> expected) { return testing::Pointwise(testing::FloatNear(4e-5f), std::move(expected)); }

inline Box only_box(const Sample& sample) { return sample.boxes.size() == 1 ? sample.boxes.front() : Box{}; }

}  // namespace upkeep::augment
