// 200 random architectures of images and sequences: channels that are set to zero in the graph, and the same ones taken out of it, give
// equal answers; and so do models with dead channels and without them.

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "layers/view/architecture.hpp"
#include "optimize/removal/cut.hpp"
#include "optimize/removal/cut_testing.hpp"
#include "optimize/removal/dead.hpp"
#include "optimize/removal/widths.hpp"

namespace upkeep {

namespace {

using removal::Channel;
using removal::ChannelGroup;
using removal::Coupling;
using removal::Slot;

class Builder {
 public:
  explicit Builder(std::uint64_t seed) : random_(seed, stream_id("architecture")) {}

  Architecture images() {
    std::string at = add("input", {{"shape", {8, 8, 2}}}, {});
    at = conv(at, width());
    for (int block = 0; block < 3; ++block) at = image_block(at);
    at = add(coin() ? "flatten" : "global_average_pooling2d", {}, {at});
    if (coin()) at = add("dense", {{"units", width()}, {"activation", activation()}}, {at});
    add("dense", {{"units", 3}, {"activation", "softmax"}}, {at});
    return std::move(architecture_);
  }

  Architecture sequences() {
    std::string at = add("input", {{"shape", {6, 3}}}, {});
    at = add("dense", {{"units", 8}}, {at});
    for (int block = 0; block < 2; ++block) at = sequence_block(at);
    at = add("global_average_pooling1d", {}, {at});
    add("dense", {{"units", 2}}, {at});
    return std::move(architecture_);
  }

 private:
  bool coin() { return random_.uniform() < 0.5; }
  std::int64_t pick(std::int64_t count) { return static_cast<std::int64_t>(random_.uniform() * static_cast<double>(count)); }
  std::int64_t width() { return 4 + 2 * pick(4); }
  std::string activation() {
    const std::vector<std::string> all = {"relu", "sigmoid", "tanh", "silu", "linear", "relu6", "gelu"};
    return all[static_cast<std::size_t>(pick(static_cast<std::int64_t>(all.size())))];
  }
  std::string add(const std::string& kind, const Json& settings, std::vector<std::string> inputs) {
    LayerSpec layer{
        .kind = kind, .name = kind + "_" + std::to_string(architecture_.layers.size()), .settings = settings, .inputs = std::move(inputs)};
    if (settings.is_null()) layer.settings = Json::object();
    architecture_.layers.push_back(layer);
    return layer.name;
  }
  std::string conv(const std::string& from, std::int64_t filters) {
    last_ = filters;
    std::string at =
        add("conv2d", {{"filters", filters}, {"kernel_size", coin() ? 3 : 1}, {"padding", "same"}, {"use_bias", coin()}}, {from});
    if (coin()) at = add("batch_normalization", {}, {at});
    return add("activation", {{"activation", activation()}}, {at});
  }
  std::string image_block(const std::string& from) {
    switch (pick(6)) {
      case 0: return conv(from, width());
      case 1: {  // residual
        const std::string inside = conv(from, last_);
        return add("add", {}, {from, inside});
      }
      case 2: {  // dense block
        const std::int64_t before = last_;
        const std::string inside = conv(from, width());
        last_ += before;
        return add("concatenate", {}, {from, inside});
      }
      case 3: {  // depthwise separable
        const std::string inside =
            add("depthwise_conv2d", {{"kernel_size", 3}, {"padding", "same"}, {"depth_multiplier", 1 + pick(2)}}, {from});
        return conv(inside, width());
      }
      case 4: {  // squeeze and excite
        const std::string pooled = add("global_average_pooling2d", {{"keepdims", true}}, {from});
        const std::string small = add("conv2d", {{"filters", 4}, {"kernel_size", 1}, {"activation", "relu"}}, {pooled});
        const std::string gate = add("conv2d", {{"filters", last_}, {"kernel_size", 1}, {"activation", "sigmoid"}}, {small});
        return add("multiply", {}, {from, gate});
      }
      default: return add("max_pooling2d", {{"pool_size", 2}, {"padding", "same"}}, {from});
    }
  }
  std::string sequence_block(const std::string& from) {
    switch (pick(4)) {
      case 0: return add("lstm", {{"units", 8}, {"return_sequences", true}}, {from});
      case 1: return add("bidirectional", {{"layer", {{"gru", {{"units", 4}, {"return_sequences", true}}}}}}, {from});
      case 2: return add("conv1d", {{"filters", 8}, {"kernel_size", 3}, {"padding", "same"}, {"activation", activation()}}, {from});
      default: {
        const std::string attended = add("multi_head_attention", {{"num_heads", 4}, {"key_dim", 4}}, {from, from});
        return add("add", {}, {from, attended});
      }
    }
  }

  Random random_;
  Architecture architecture_;
  std::int64_t last_ = 0;
};

Model random_model(std::uint64_t seed) {
  Builder builder(seed);
  const Architecture architecture = seed % 2 == 0 ? builder.images() : builder.sequences();
  return build_model(architecture, initial_weights(architecture, seed));
}

}  // namespace

TEST(RandomArchitectures, ChannelsAreTakenOutAsIfTheyWereZero) {
  std::size_t channels = 0, kept = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    const Model before = random_model(seed);
    const Coupling coupling(before);
    const std::set<Slot> gone = every_second(coupling);
    ASSERT_FALSE(gone.empty());
    channels += gone.size();
    Model after = before;
    removal::cut(after, coupling, gone);
    expect_same_answers(removal::with_zeros(before, coupling, gone), after, 1e-4F);
    kept += removal::keep_layers(before, after) ? 1U : 0U;
    if (HasFailure()) return;
  }
  EXPECT_GT(channels, 2000U);
  EXPECT_GT(kept, 120U);  // the settings of attention cannot say that heads are gone from one input only
}

TEST(RandomArchitectures, DeadChannelsGoWithoutAChange) {
  std::size_t channels = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    Model before = random_model(seed);
    Random random(seed, stream_id("dead"));
    const Coupling whole(before);
    for (const ChannelGroup& group : whole.groups())
      for (const Channel& channel : group.channels)
        if (random.uniform() < 0.3) set_to_zero(before, channel, random.uniform() < 0.5 ? Zeroed::kMakers : Zeroed::kAll);
    Model after = before;
    const Coupling coupling(before);
    const std::set<Slot> dead = removal::dead_channels(after, coupling);
    removal::cut(after, coupling, dead);
    channels += dead.size();
    expect_same_answers(before, after, 1e-4F);
    if (HasFailure()) return;
  }
  EXPECT_GT(channels, 900U);
}

}  // namespace upkeep
