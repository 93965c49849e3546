#include "layers/keras/refusals.hpp"

#include <algorithm>

namespace upkeep::layers {

const std::vector<KerasRefusal>& keras_refusals() {
  static const std::string kHashes = "hashes its inputs by FarmHash or SipHash, which no ONNX operator computes";
  static const std::string kLookUp = "look the values up in a vocabulary, by StringLookup or IntegerLookup, or hash them before the model";
  static const std::string kImitates = "is a wrapper of TensorFlow's model optimisation, which imitates integers while it trains";
  static const std::string kStrip =
      "save the model as it was before quantize_apply(), or say what it computes: upkeep convert --map LAYER=FILE.onnx";
  static const std::vector<KerasRefusal> kRefusals = {
      {"Lambda", "is Python code, which cannot be read",
       "replace it by layers, or say what it computes: upkeep convert --map Lambda=FILE.onnx"},
      {"PruneLowMagnitude", "is a wrapper of TensorFlow's model optimisation, which prunes while it trains",
       "take it off and save again: tfmot.sparsity.keras.strip_pruning(model); or say what it computes: upkeep convert --map "
       "LAYER=FILE.onnx"},
      {"QuantizeLayer", kImitates, kStrip},
      {"QuantizeWrapper", kImitates, kStrip},
      {"QuantizeWrapperV2", kImitates, kStrip},
      {"Hashing", kHashes, kLookUp},
      {"HashedCrossing", kHashes, kLookUp},
      {"TFSMLayer", "is a TensorFlow SavedModel, which is not read", "convert it to ONNX by tf2onnx"},
      {"TorchModuleWrapper", "is PyTorch code, which cannot be read", "convert it to ONNX by torch.onnx.export"},
      {"JaxLayer", "is Python code for JAX, which cannot be read", "write it as layers"},
      {"FlaxLayer", "is Python code for JAX, which cannot be read", "write it as layers"}};
  return kRefusals;
}

std::optional<Error> refusal_of_class(std::string_view keras_class) {
  const auto found = std::ranges::find(keras_refusals(), keras_class, &KerasRefusal::keras_class);
  if (found == keras_refusals().end()) return std::nullopt;
  return Error(ErrorCode::kUnsupported, found->keras_class + " " + found->why, found->hint);
}

}  // namespace upkeep::layers
