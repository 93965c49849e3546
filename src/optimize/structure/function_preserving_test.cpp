// Random architectures, widened and deepened at a random layer: the answers stay.

#include <gtest/gtest.h>

#include "base/format.hpp"
#include "optimize/structure/function_preserving_testing.hpp"

namespace upkeep::structure {
namespace {

// A net as lines of YAML: convolutions, normalisations, activations, pools, residual sums and concatenations, then dense layers.
class RandomNet {
 public:
  explicit RandomNet(std::uint64_t seed) : random_(seed, stream_id("random nets")) {
    const bool images = random_.below(3) > 0;
    channels_ = 1 + pick(3);
    size_ = 8;
    add(images ? upkeep::format("input: {{shape: [8, 8, {}]", channels_) : upkeep::format("input: {{shape: [{}]", 3 + pick(4)), "");
    if (images) {
      for (std::size_t i = 2 + pick(4); i > 0; --i) image_layer();
      add(pick(2) == 0 ? "global_average_pooling2d: {" : "flatten: {", last_);
    }
    for (std::size_t i = 1 + pick(3); i > 0; --i) dense_layer();
    add(upkeep::format("dense: {{units: {}", 1 + pick(3)), last_);
  }

  std::string yaml() const { return "layers: [" + text_ + "]"; }
  const std::vector<std::string>& candidates() const { return candidates_; }

 private:
  std::size_t pick(std::uint64_t bound) { return static_cast<std::size_t>(random_.below(bound)); }
  const char* activation() {
    constexpr const char* kNames[] = {"relu", "tanh", "linear", "sigmoid", "elu", "swish"};
    return kNames[pick(std::size(kNames))];
  }

  std::string add(const std::string& layer, const std::string& inputs) {
    const std::string name = upkeep::format("l{}", count_++);
    const bool first = layer.ends_with('{');
    text_ += upkeep::format("{}{{{}{}name: {}{}}}}}", text_.empty() ? "" : ", ", layer, first ? "" : ", ", name,
                            inputs.empty() ? "" : upkeep::format(", inputs: [{}]", inputs));
    return last_ = name;
  }

  std::string convolution(std::size_t filters, const char* padding) {
    candidates_.push_back(add(
        upkeep::format("conv2d: {{filters: {}, kernel_size: {}, padding: {}, activation: {}", filters, 1 + pick(3), padding, activation()),
        last_));
    channels_ = filters;
    return last_;
  }

  void image_layer() {
    switch (pick(6)) {
      case 0: add("batch_normalization: {", last_); break;
      case 1:
        if (size_ >= 4) add("max_pooling2d: {", last_), size_ /= 2;
        break;
      case 2: {  // a residual block
        const std::string from = last_;
        const std::size_t width = channels_;
        convolution(2 + pick(4), "same");
        const std::string inner = convolution(width, "same");
        add("add: {", from + ", " + inner);
        break;
      }
      case 3: {  // a dense block
        const std::string from = last_;
        const std::size_t width = channels_;
        const std::string inner = convolution(2 + pick(3), "same");
        add("concatenate: {", from + ", " + inner);
        channels_ += width;
        break;
      }
      case 4: add(upkeep::format("depthwise_conv2d: {{kernel_size: 3, padding: same, depth_multiplier: {}", 1), last_); break;
      default: convolution(2 + pick(5), "same");
    }
  }

  void dense_layer() {
    candidates_.push_back(add(upkeep::format("dense: {{units: {}, activation: {}", 2 + pick(6), activation()), last_));
    if (pick(3) == 0) add("dropout: {rate: 0.5", last_);
  }

  Random random_;
  std::string text_, last_;
  std::vector<std::string> candidates_;
  std::size_t count_ = 0, channels_ = 0, size_ = 0;
};

// Refusals are of layers whose units a residual sum joins with others.
TEST(FunctionPreservingEdits, KeepTheAnswersOfRandomArchitectures) {
  int widened = 0, deepened = 0, refused = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const RandomNet net(seed);
    const Model before = model_with_life(net.yaml(), seed);
    Random random(seed, stream_id("edits"));
    const std::string layer = net.candidates()[random.below(net.candidates().size())];
    const bool wide = seed % 2 == 0;
    const Architecture architecture = architecture_of(before);
    const Json& settings = architecture.layer(layer).settings;
    const auto units = settings.contains("units") ? settings["units"].get<std::uint64_t>() : settings["filters"].get<std::uint64_t>();
    try {
      const Edited edited = wide ? edit(before, {{"widen", upkeep::format("{}={}", layer, units + 1 + random.below(units + 3))}}, seed)
                                 : edit(before, {{"deepen", layer}}, seed);
      EXPECT_LE(largest_difference(before, edited.model, seed), kRoundingLevel) << seed << " " << layer << "\n" << net.yaml();
      EXPECT_TRUE(edited.change.facts["weights"]["fresh"].empty()) << seed;
      ++(wide ? widened : deepened);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kUnsupported) << error.what();
      EXPECT_TRUE(wide) << error.what();
      ++refused;
    }
  }
  EXPECT_EQ(deepened, 100);
  EXPECT_GE(widened, 60) << refused << " were refused";
}

}  // namespace
}  // namespace upkeep::structure
