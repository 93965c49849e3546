// Keras's model configuration, the JSON of model.to_json() and of its files, as an architecture, and back.
#pragma once

#include <string_view>

#include "layers/architecture.hpp"

namespace upkeep::layers {

// A Sequential or Functional model of layers in the catalog, as Keras 2 or 3 writes it. `keras_version` ("2.15.0") where a file says it
// elsewhere; else the JSON's own, else it is told by the form. Keys that mean nothing here are left out. Throws Error{kUnsupported} with
// layer and class: Lambda, unknown classes, nested models, shared layers, data types other than float32; Error{kCorrupt}: not such a
// configuration.
Architecture architecture_from_keras(const Json& model, std::string_view keras_version = {});

// One layer, {"class_name": "Dense", "config": {...}}, without what it reads. Throws as above.
LayerSpec layer_from_keras(const Json& layer, bool keras2 = false);

// The configuration that Keras 3 reads: Sequential where each layer reads the one above it, Functional otherwise.
// Throws Error{kUnsupported}: an activation with parameters that Keras has no name for.
Json architecture_to_keras(const Architecture& architecture);

}  // namespace upkeep::layers
