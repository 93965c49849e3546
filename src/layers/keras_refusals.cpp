#include "layers/keras_refusals.hpp"

#include "base/format.hpp"

namespace upkeep::layers {

std::optional<Error> refusal_of_class(std::string_view keras_class) {
  const auto refused = [&](std::string_view why, std::string_view hint) {
    return Error(ErrorCode::kUnsupported, upkeep::format("{} {}", keras_class, why), std::string(hint));
  };
  if (keras_class == "Hashing" || keras_class == "HashedCrossing")
    return refused("hashes its inputs by FarmHash or SipHash, which no ONNX operator computes",
                   "look the values up in a vocabulary, by StringLookup or IntegerLookup, or hash them before the model");
  if (keras_class == "TFSMLayer") return refused("is a TensorFlow SavedModel, which is not read", "convert it to ONNX by tf2onnx");
  if (keras_class == "TorchModuleWrapper")
    return refused("is PyTorch code, which cannot be read", "convert it to ONNX by torch.onnx.export");
  if (keras_class == "JaxLayer" || keras_class == "FlaxLayer")
    return refused("is Python code for JAX, which cannot be read", "write it as layers");
  if (keras_class == "Pipeline") return refused("is a row of layers within a layer", "put its layers into the model, one after the other");
  return std::nullopt;
}

}  // namespace upkeep::layers
