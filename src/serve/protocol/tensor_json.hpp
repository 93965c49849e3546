// Tensors as JSON "data": nested or flat arrays, row-major.
#pragma once

#include <string>

#include "serve/protocol/json_cursor.hpp"
#include "upkeep/tensor.hpp"

namespace upkeep::serve {

// Reads the array at the cursor. What does not fit type and shape is the cursor's failure. The shape's element count must not overflow.
Tensor read_data(JsonCursor& json, DType dtype, const Shape& shape);

// Appends a flat array. Numbers are the shortest that read back as the same value; NaN and infinities, which JSON lacks, are NaN,
// Infinity and -Infinity, as Python and Triton read and write them.
// False: a string is not valid UTF-8, so there is no JSON for it.
bool append_data(std::string& out, const Tensor& tensor);

}  // namespace upkeep::serve
