// Tensors as raw bytes: little-endian, row-major, without padding; BOOL one byte; each BYTES element a 4-byte length and its bytes.
#pragma once

#include <string>
#include <string_view>

#include "runtime/session.hpp"
#include "serve/protocol/refusal.hpp"

namespace upkeep::serve {

// The shape's element count must not overflow.
Answer<Tensor> read_binary(std::string_view bytes, DType dtype, const Shape& shape);
std::string write_binary(const Tensor& tensor);

// The shape of an input of which only the number of bytes is known: at most one dimension may be open.
Answer<Shape> raw_shape(const TensorSpec& spec, std::size_t bytes);

}  // namespace upkeep::serve
