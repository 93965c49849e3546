// The readers of Keras's files without their containment: for those who contain them otherwise, as fuzzing does.
#pragma once

#include <filesystem>

#include "convert/formats/shared/keras.hpp"

namespace upkeep::formats {

KerasFile read_keras_h5(const std::filesystem::path& path);          // a whole model (keras_h5.cpp)
KerasFile read_keras_h5_weights(const std::filesystem::path& path);  // weights alone, or a whole model's (keras_h5.cpp)
KerasFile read_keras_archive(const std::filesystem::path& path);     // .keras (keras_v3.cpp)
KerasFile read_keras_folder(const std::filesystem::path& path);      // what it unpacks to (keras_v3.cpp)
KerasFile read_keras_shards(const std::filesystem::path& path);      // .weights.json and the files beside it (keras_shards.cpp)

}  // namespace upkeep::formats
