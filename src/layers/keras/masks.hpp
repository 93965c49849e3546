// Masks in Keras's functional models. Where a layer takes a mask, Keras 3 writes which one it reads, and the operations that compute it, as
// if they were layers. Here each layer makes and hands on its mask itself; what a call says is kept where it says another one.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "layers/keras/parts.hpp"

namespace upkeep::layers {

// Whether an argument of a call is a mask that Keras passes on by itself: "mask", "query_mask".
bool is_mask_argument(const std::string& name);
// Whether a layer, or one of a model's layers, makes a mask: Embedding(mask_zero=True) and Masking.
bool makes_masks(const Json& entry);
// Whether a layer, or one of a model's layers, takes the masks of what it reads away: Keras 3's MultiHeadAttention.
bool takes_masks_away(const Json& entry);
// Whether a layer, or one of a model's layers, makes one mask of those of several values: Add, Concatenate.
bool merges_masks(const Json& entry);
// Whether a layer hands the mask of its first input on, {"class_name": "Dense", ...}.
bool hands_mask_on(const Json& entry);

// A mask that a call gives to one of the values that it reads.
struct GivenMask {
  std::size_t input = 0;  // index of the value
  Reference mask;
};

// Masks that one functional model's layers have when Keras 3 makes the model.
class KerasMasks {
 public:
  // The configuration of the model, and its layers. Nothing of Keras 2: there a call says a mask only where a person gave it.
  KerasMasks(const Json& config, const Json& layers);

  // Names of operations that only compute masks which layers hand on anyway.
  const std::set<std::string>& operations() const { return operations_; }
  // The masks of a call that `reads` these values which are others than the values have. Throws Error{kUnsupported}: a mask that is no
  // value.
  std::vector<GivenMask> given(const std::vector<Reference>& reads, const Json& named) const;

 private:
  using Names = std::set<std::string>;

  std::string short_for(const std::string& words) const;
  // What a value is, in words that are equal for equal masks: operations by what they do, other values by their place.
  std::string text_of(const Reference& value, int depth = 0) const;
  std::string text_of_operation(const Json& entry, int depth) const;
  // The mask of a value in the same words; empty: none.
  std::string mask_of(const Reference& value, int depth = 0) const;
  std::string words_of_mask(const Reference& value, int depth) const;
  std::string merged(const std::vector<Reference>& reads, int depth) const;
  std::string joined(const std::vector<Reference>& reads, const Json& axis, int depth) const;
  const Json* find(const std::string& name) const;
  void find_operations(const Json& config, const Json& layers);
  void need(const std::string& operation, Names& needed) const;

  std::map<std::string, Json> layers_;
  mutable std::map<std::string, std::size_t> numbers_;        // of words
  mutable std::map<std::string, std::string> texts_, masks_;  // by value
  std::set<std::string> operations_;
};

}  // namespace upkeep::layers
