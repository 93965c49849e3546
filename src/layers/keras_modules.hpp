// Where Keras keeps a layer's class: "keras.layers", but for those that models of keras.applications define for themselves.
#pragma once

#include <string_view>

namespace upkeep::layers {

const char* keras_module(std::string_view keras_class);

}  // namespace upkeep::layers
