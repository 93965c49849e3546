// Masks that are gone when Keras 3 runs a model. Its MultiHeadAttention takes the masks of its query, value and key off them, so that
// whatever runs later and reads these values finds none: of a residual connection around attention, only one side has a mask. Layers run
// in the order in which an architecture lists them.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "layers/view/architecture.hpp"

namespace upkeep::layers {

// Which values are one and the same: what hides_mask() is true of gives its input on, under another name.
class SameValues {
 public:
  void add(const LayerSpec& layer);  // in order
  const std::string& of(const std::string& reference) const;

 private:
  std::map<std::string, std::string> first_;
};

class ClearedMasks {
 public:
  // Nothing is cleared by Keras 2's rules.
  explicit ClearedMasks(const Architecture& architecture);

  bool any() const { return !cleared_.empty(); }
  // Whether the mask of a value is gone when a layer reads it.
  bool before(const std::string& layer, const std::string& reference) const;
  // Whether it is gone when all layers have run.
  bool at_end(const std::string& reference) const { return cleared_.contains(same_.of(reference)); }

 private:
  SameValues same_;
  std::map<std::string, std::size_t> order_;    // by layer: when it runs
  std::map<std::string, std::size_t> cleared_;  // by value: when its mask goes
};

// Whether a layer gives a value the mask that it had when the model was made.
bool restores_mask(const LayerSpec& layer);
// Whether a layer gives a value no mask when the model is made, and its own when it runs.
bool hides_mask(const LayerSpec& layer);
// Without the layers that restore masks which are still there, and without those that hide masks where that changes no answer.
void drop_needless_masks(Architecture& architecture);

}  // namespace upkeep::layers
