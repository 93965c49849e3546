// A KerasFile as bytes, between the process that reads a file and the one that asked for it.
#pragma once

#include <filesystem>
#include <functional>
#include <vector>

#include "convert/contained.hpp"
#include "convert/formats/shared/keras.hpp"

namespace upkeep::formats {

// `read`, which uses the HDF5 library, done in a child process: the library loops or crashes on some damaged files. `files` are those that
// it reads; the time that it may take grows with them.
KerasFile read_contained(const std::vector<std::filesystem::path>& files, const std::function<KerasFile()>& read);

void write_bytes(const KerasFile& file, ContainedOutput& output);
// The tensors share the memory of `bytes`. Throws Error{kCorrupt} for anything that write_bytes() does not write.
KerasFile keras_file_from_bytes(const ContainedBytes& bytes);

}  // namespace upkeep::formats
