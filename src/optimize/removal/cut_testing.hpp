// What the tests of removal share: which channels go, and the same graph in which they are zero.
#pragma once

#include "optimize/removal/cut.hpp"
#include "optimize/removal/proof.hpp"
#include "optimize/rewrites/rewrite_testing.hpp"

namespace upkeep {

// Every second channel of each group, from the second one.
inline std::set<removal::Slot> every_second(const removal::Coupling& coupling) {
  std::set<removal::Slot> gone;
  for (const removal::ChannelGroup& group : coupling.groups())
    for (std::size_t i = 1; i < group.channels.size(); i += 2) gone.insert(group.channels[i].slot);
  return gone;
}

enum class Zeroed { kMakers, kAll };

// The channel's places in the first kernel that it stands in, which makes it, or in all kernels.
inline void set_to_zero(Model& model, const removal::Channel& channel, Zeroed zeroed) {
  for (const removal::Site& site : channel.sites) {
    Tensor& tensor = *model.graph.initializer(site.constant);
    if (tensor.rank() < 2 || tensor.dtype() != DType::kFloat32) continue;
    std::vector<float> values(tensor.floats().begin(), tensor.floats().end());
    std::size_t inner = 1;
    for (std::size_t axis = site.axis + 1; axis < tensor.rank(); ++axis) inner *= static_cast<std::size_t>(tensor.dim(axis));
    const auto length = static_cast<std::size_t>(tensor.dim(site.axis));
    for (std::size_t i = 0; i < values.size(); ++i)
      if (std::ranges::contains(site.places, static_cast<std::int64_t>(i / inner % length))) values[i] = 0;
    tensor = Tensor(tensor.shape(), std::move(values));
    if (zeroed == Zeroed::kMakers) return;
  }
}

}  // namespace upkeep
