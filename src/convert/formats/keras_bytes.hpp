// A KerasFile as bytes, between the process that reads a file and the one that asked for it.
#pragma once

#include "convert/contained.hpp"
#include "convert/formats/keras.hpp"

namespace upkeep::formats {

void write_bytes(const KerasFile& file, ContainedOutput& output);
// The tensors share the memory of `bytes`. Throws Error{kCorrupt} for anything that write_bytes() does not write.
KerasFile keras_file_from_bytes(const ContainedBytes& bytes);

}  // namespace upkeep::formats
