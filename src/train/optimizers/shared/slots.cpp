#include "train/optimizers/shared/slots.hpp"

#include <algorithm>
#include <set>

namespace upkeep::optimizers {

static std::optional<Shape> shape_of(const Slot& slot, const Weight& weight) { return slot.shape ? slot.shape(weight) : weight.shape; }

std::vector<SlotPlace> slot_places(const Optimizer& optimizer, std::span<const Weight> list) {
  const std::vector<Slot> slots = optimizer.slots();
  std::set<int> groups;
  for (const Slot& slot : slots) groups.insert(slot.group);
  std::vector<SlotPlace> places;
  for (const int group : groups)
    for (std::size_t weight = 0; weight < list.size(); ++weight)
      for (std::size_t slot = 0; slot < slots.size(); ++slot) {
        if (slots[slot].group != group) continue;
        if (std::optional<Shape> shape = shape_of(slots[slot], list[weight]))
          places.push_back(
              {.name = slots[slot].name + "/" + list[weight].name, .shape = *std::move(shape), .slot = slot, .weight = weight});
      }
  return places;
}

Slots::Slots(const Optimizer& optimizer, std::span<const Weight> list, std::span<const float> weights)
    : slots_(optimizer.slots()), places_(slot_places(optimizer, list)) {
  for (const Slot& slot : slots_) {
    std::vector<std::size_t>& begin = begins_.emplace_back(1, 0);
    for (const Weight& weight : list) {
      const std::optional<Shape> shape = shape_of(slot, weight);
      begin.push_back(begin.back() + (shape ? static_cast<std::size_t>(element_count(*shape)) : 0));
    }
    if (slot.starts_as_weight) memory_.emplace_back(weights.begin(), weights.begin() + static_cast<std::ptrdiff_t>(begin.back()));
    else memory_.emplace_back(begin.back(), slot.start);
  }
  for (std::size_t i = 0; i < slots_.size(); ++i) values_.push_back({.data = memory_[i].data(), .begin = begins_[i]});
}

void Slots::restart(std::size_t element, float weight) {
  for (std::size_t i = 0; i < slots_.size(); ++i)
    if (!slots_[i].shape) memory_[i][element] = slots_[i].starts_as_weight ? weight : slots_[i].start;
}

void Slots::assign(const std::vector<std::vector<float>>& memory) {
  for (std::size_t i = 0; i < memory_.size(); ++i) std::ranges::copy(memory[i], memory_[i].begin());
}

}  // namespace upkeep::optimizers
