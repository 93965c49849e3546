// What layers share that change pictures [batch, rows, columns, channels] while training and pass them on as they are otherwise.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "layers/layer.hpp"
#include "layers/shared/weight_settings.hpp"

namespace upkeep::layers {

struct AugmentationOptions {
  std::string data_format = "channels_last";
  std::optional<std::int64_t> seed;
};

// The fields of AugmentationOptions as fields of T, which is derived from it.
template <typename T>
std::vector<Field> augmentation_fields() {
  using B = AugmentationOptions;
  return {inherited<T>("data_format", &B::data_format, "where the channels are", one_of({"channels_last", "channels_first"})),
          inherited<T>("seed", &B::seed, "kept for Keras; here the run's own seed decides")};
}

struct Interval {
  float low = 0;
  float high = 0;
};

// Keras's factors: a number f is [-f, f] as far as that lies in `bounds`, [a, b] is itself. Throws Error{kInvalidArgument} naming the
// setting.
Interval read_factor(const std::string& setting, const Json& value, Interval bounds);
// [low, high].
Interval read_interval(const std::string& setting, const Json& value);

// A number of [low, high) for each picture of the batch, float32 [batch, 1, 1, 1]. Needs context.training.
Value draw(const BuildContext& context, const std::string& name, Interval interval);

// A layer that does nothing but in training.
class Augmentation : public Layer {
 public:
  Value build(const BuildContext& context) const final;

 protected:
  explicit Augmentation(AugmentationOptions options) : common_(std::move(options)) {}
  // Changes x [batch, channels, rows, columns] in a training step.
  virtual Value change(const BuildContext& context, const Value& x) const = 0;

 private:
  AugmentationOptions common_;
};

}  // namespace upkeep::layers
