// NumPy's .npz, an archive of named arrays: for tables, and for whoever keeps weights in one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "upkeep/tensor.hpp"

namespace upkeep::sources {

using NamedArrays = std::vector<std::pair<std::string, Tensor>>;
// Asked before an array is read, with the bytes that it promises, header included; throws to refuse it.
using ArrayCheck = std::function<void(std::string_view name, std::uint64_t size_bytes)>;

// The arrays of any shape, in the archive's order. Throws Error{kCorrupt} or {kUnsupported}, naming the array.
NamedArrays read_npz(const std::filesystem::path& file, const ArrayCheck& check = nullptr);
// Not compressed; equal arrays give equal bytes. Whole or not at all.
void write_npz(const NamedArrays& arrays, const std::filesystem::path& file);

}  // namespace upkeep::sources
