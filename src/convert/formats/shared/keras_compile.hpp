// What Keras's model.compile() said, as Keras 2 and Keras 3 write it, and our compile settings.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "train/compile.hpp"

namespace upkeep::formats {

// An output of the model: how it is called here, and in Keras.
struct KerasOutput {
  std::string name;
  std::string keras;
};

// Of `training_config`; `keras2` where Keras 2 wrote it. Nothing where the model was not compiled. What is not known here, a loss or a
// metric of somebody's own, is kept as it is (Compile::foreign). Throws Error for what is no compile settings.
std::optional<Compile> read_compile(const Json& training_config, const std::vector<KerasOutput>& outputs, bool keras2);

// And back, with the learning rate of today, for a model of these outputs.
Json write_compile(const Compile& compile, double learning_rate, const std::vector<std::string>& outputs);

// Metrics of these settings that Keras does not have.
std::vector<std::string> metrics_only_here(const Compile& compile);

// Keras keeps numbers as float32 here and there: 0.001 comes as 0.0010000000474974513.
Json plain_number(const Json& value);

}  // namespace upkeep::formats
