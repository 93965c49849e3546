// What the tests of removal share: which channels go, and the same graph in which they are zero.
#pragma once

#include "optimize/removal/cut.hpp"
#include "optimize/rewrites/rewrite_testing.hpp"

namespace upkeep {

// Every second channel of each group, from the second one.
inline std::set<removal::Slot> every_second(const removal::Coupling& coupling) {
  std::set<removal::Slot> gone;
  for (const removal::ChannelGroup& group : coupling.groups())
    for (std::size_t i = 1; i < group.channels.size(); i += 2) gone.insert(group.channels[i].slot);
  return gone;
}

// A 0/1 vector is multiplied in before each sum over channels that go.
inline Model with_zeros(Model model, const removal::Coupling& coupling, const std::set<removal::Slot>& gone) {
  int number = 0;
  for (const removal::Coupling::Sum& sum : coupling.sums()) {
    const std::vector<removal::Slot> classes = coupling.classes(sum.value, sum.axis);
    if (std::ranges::none_of(classes, [&](removal::Slot slot) { return gone.contains(slot); })) continue;
    std::vector<float> mask;
    for (const removal::Slot slot : classes) mask.push_back(gone.contains(slot) ? 0.0F : 1.0F);
    Shape shape(coupling.rank(sum.value), 1);
    shape[sum.axis] = static_cast<std::int64_t>(mask.size());
    const std::string base = "mask_" + std::to_string(number++);
    model.graph.initializers.emplace_back(base, Tensor(shape, mask));
    const std::string name = coupling.wiring().node(sum.node).name;
    const auto place = std::ranges::find_if(
        model.graph.nodes, [&](const Node& node) { return node.outputs[0] == coupling.wiring().node(sum.node).outputs[0]; });
    *std::ranges::find(place->inputs, sum.value) = base + "_zeroed";
    Node zero{.op = "Mul", .domain = {}, .name = base, .inputs = {sum.value, base}, .outputs = {base + "_zeroed"}};
    model.graph.nodes.insert(place, zero);
  }
  return model;
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
