#include "optimize/quantize/shared/bias_correction.hpp"

namespace upkeep::quantization {

namespace {

// The sums that each channel of the output makes: over `width` inputs of `taps` weights each; of a group, those from `first` on.
struct Sums {
  std::size_t channels = 0, width = 0, taps = 1, groups = 1;
  bool inputs_first = false;  // the weight is [inputs, channels]
  std::size_t element(std::size_t channel, std::size_t input, std::size_t tap) const {
    return inputs_first ? input * channels + channel : (channel * width + input) * taps + tap;
  }
};

std::optional<Sums> sums_of(const PlannedLayer& layer, const IntegerNode& node, const Tensor& weight, std::size_t read) {
  Sums sums{.channels = node.channels};
  if (layer.op == "Conv") {
    sums.width = static_cast<std::size_t>(weight.dim(1));
    sums.taps = static_cast<std::size_t>(weight.size()) / sums.channels / sums.width;
  } else {
    sums.width = static_cast<std::size_t>(weight.size()) / sums.channels;
    sums.inputs_first = node.weight_axis == 1;
  }
  if (read == 0 || read % sums.width != 0 || (layer.op != "Conv" && read != sums.width)) return std::nullopt;
  sums.groups = read / sums.width;
  return sums;
}

std::vector<float> correction(const Sums& sums, const Tensor& weight, const Tensor& rounded, const Observed& read) {
  std::vector<float> corrections;
  for (std::size_t channel = 0; channel < sums.channels; ++channel) {
    const std::size_t first = channel * sums.groups / sums.channels * sums.width;
    double sum = 0;
    for (std::size_t input = 0; input < sums.width; ++input)
      for (std::size_t tap = 0; tap < sums.taps; ++tap) {
        const std::size_t at = sums.element(channel, input, tap);
        sum += static_cast<double>(rounded.floats()[at] - weight.floats()[at]) * read.channel_mean(first + input);
      }
    corrections.push_back(static_cast<float>(-sum));
  }
  return corrections;
}

}  // namespace

Corrections bias_corrections(const Wiring& wiring, const Plan& plan, const QuantizedWeights& weights, const Observations& observed) {
  Corrections corrections;
  for (const PlannedLayer& layer : plan.layers) {
    const auto found = plan.nodes.find(layer.id);
    if (found == plan.nodes.end() || layer.op == "MatMul" || corrections.contains(layer.weight)) continue;
    // Means by channel are those of the value that the layer itself reads: another one that shares its scale has other axes.
    const auto read = observed.find(found->second.inputs[0]);
    const Tensor& weight = *wiring.constant(layer.weight);
    const auto sums = read == observed.end() ? std::nullopt : sums_of(layer, found->second, weight, read->second.channel_sums.size());
    if (sums) corrections.emplace(layer.weight, correction(*sums, weight, dequantized(weights.at(layer.weight)), read->second));
  }
  return corrections;
}

}  // namespace upkeep::quantization
