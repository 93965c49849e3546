#include "upkeep/layers.hpp"
#include "base/format.hpp"

namespace upkeep {

// As a YAML scalar in quotes, so that a name such as "true" stays a name.
static std::string in_quotes(std::string_view text) { return upkeep::format("\"{}\"", text); }

Layer Input(const std::vector<std::int64_t>& shape) {
  std::string list;
  for (const std::int64_t dim : shape) list += upkeep::format("{}{}", list.empty() ? "" : ",", dim);
  return {"input", "shape=[" + list + "]"};
}

Layer Dense(std::int64_t units, std::string_view activation) { return Dense(units, DenseOptions{.activation = std::string(activation)}); }

Layer Dense(std::int64_t units, const DenseOptions& options) {
  std::string settings = upkeep::format("units={},activation={},use_bias={},kernel_initializer={}", units, in_quotes(options.activation),
                                        options.use_bias, in_quotes(options.kernel_initializer));
  if (!options.kernel_regularizer.empty()) settings += ",kernel_regularizer=" + in_quotes(options.kernel_regularizer);
  if (!options.name.empty()) settings += ",name=" + in_quotes(options.name);
  return {"dense", settings};
}

Layer Activation(std::string_view activation) { return {"activation", "activation=" + in_quotes(activation)}; }
Layer Dropout(double rate) { return {"dropout", upkeep::format("rate={}", rate)}; }
Layer Flatten() { return {"flatten", ""}; }
Layer Normalization() { return {"normalization", ""}; }
Layer Rescaling(double scale, double offset) { return {"rescaling", upkeep::format("scale={},offset={}", scale, offset)}; }

}  // namespace upkeep
