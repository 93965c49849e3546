// Element types as the Open Inference Protocol names them: FP32, INT64, BYTES, ...
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/session.hpp"
#include "upkeep/tensor.hpp"

namespace upkeep::serve {

std::string_view datatype(DType dtype);                    // "" where the protocol has no name
std::optional<DType> dtype_of(std::string_view datatype);  // nullopt: no such datatype
bool has_json_form(DType dtype);                           // half floats travel as binary data only

std::string describe(DType dtype, const Shape& shape);  // "FP32[2,3]"
std::string describe(const TensorSpec& spec);           // "FP32[-1,3]"

}  // namespace upkeep::serve
