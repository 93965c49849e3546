// Layers, under Keras's names. A Layer is a plain value: a kind and its settings; it becomes operators and weights in a model.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace upkeep {

struct Layer {
  std::string kind;      // a name of `upkeep catalog layers`: "dense"
  std::string settings;  // as on the command line: "units=10,activation=relu"; checked when the layer is added to a model
};

struct DenseOptions {
  std::string activation = "linear";  // any of Keras's names
  bool use_bias = true;
  std::string kernel_initializer = "glorot_uniform";
  std::string kernel_regularizer;  // "l2", "l2:l2=0.001", ...; empty: none
  std::string name;                // empty: "dense", "dense_1", ...
};

// [batch, SHAPE...]; the batch dimension is not given.
Layer Input(const std::vector<std::int64_t>& shape);
// y = activation(x · kernel + bias): [..., n] -> [..., units].
Layer Dense(std::int64_t units, std::string_view activation = "linear");
Layer Dense(std::int64_t units, const DenseOptions& options);
Layer Activation(std::string_view activation);
// Sets a part `rate` of the inputs to zero while training, scaling the rest by 1 / (1 - rate).
Layer Dropout(double rate);
Layer Flatten();
// (x - mean) / sqrt(variance), with mean and variance of the training data.
Layer Normalization();
// x * scale + offset.
Layer Rescaling(double scale, double offset = 0.0);

}  // namespace upkeep
