#include "layers/keras_modules.hpp"

namespace upkeep::layers {

const char* keras_module(std::string_view keras_class) {
  if (keras_class == "LayerScale" || keras_class == "StochasticDepth") return "keras.src.applications.convnext";
  if (keras_class == "CustomScaleLayer") return "keras.src.applications.inception_resnet_v2";
  return "keras.layers";
}

}  // namespace upkeep::layers
