// NumPy's .npy arrays, versions 1 to 3 (numpy.lib.format): a magic word, a header that is a Python literal, the elements.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "upkeep/tensor.hpp"

namespace upkeep::sources {

// Reads one array of `size` bytes, header included; `read` hands out the next bytes, exactly as many as asked for, or throws.
// Little- and big-endian, C and Fortran order; numbers, truth values, complex numbers, unicode ('U') and byte ('S') strings.
// Memory is taken only after the header's promise was compared with `size`. Object arrays (pickle: code that runs) are refused.
// Throws Error{kCorrupt} or {kUnsupported}.
Tensor read_npy(std::uint64_t size, const std::function<void(std::span<std::byte>)>& read);

// An array as .npy keeps it: the header (version 1, or 2 when it is long), then the elements, which share the tensor's memory
// unless they are text (as wide as the longest, 'U') or of a type that NumPy does not have (bfloat16 becomes float32).
struct Npy {
  std::string header;
  Tensor elements;
};
Npy to_npy(const Tensor& values);

}  // namespace upkeep::sources
