#include "serve/protocol/datatypes.hpp"

#include <array>

#include "base/format.hpp"

namespace upkeep::serve {

struct Name {
  DType dtype;
  std::string_view text;
};

static constexpr std::array<Name, 14> kNames{{{DType::kBool, "BOOL"},
                                              {DType::kUInt8, "UINT8"},
                                              {DType::kUInt16, "UINT16"},
                                              {DType::kUInt32, "UINT32"},
                                              {DType::kUInt64, "UINT64"},
                                              {DType::kInt8, "INT8"},
                                              {DType::kInt16, "INT16"},
                                              {DType::kInt32, "INT32"},
                                              {DType::kInt64, "INT64"},
                                              {DType::kFloat16, "FP16"},
                                              {DType::kFloat32, "FP32"},
                                              {DType::kFloat64, "FP64"},
                                              {DType::kBFloat16, "BF16"},
                                              {DType::kString, "BYTES"}}};

std::string_view datatype(DType dtype) {
  for (const Name& name : kNames)
    if (name.dtype == dtype) return name.text;
  return {};
}

std::optional<DType> dtype_of(std::string_view datatype) {
  for (const Name& name : kNames)
    if (name.text == datatype) return name.dtype;
  return std::nullopt;
}

bool has_json_form(DType dtype) { return dtype != DType::kFloat16 && dtype != DType::kBFloat16; }

static std::string joined(const auto& dims, auto&& number) {
  std::string text = "[";
  for (const auto& dim : dims) text += upkeep::format("{}{}", text.size() > 1 ? "," : "", number(dim));
  return text + "]";
}

std::string describe(DType dtype, const Shape& shape) {
  return std::string(datatype(dtype)) + joined(shape, [](std::int64_t dim) { return dim; });
}

std::string describe(const TensorSpec& spec) {
  return std::string(datatype(spec.dtype)) + joined(spec.dims, [](const Dim& dim) { return dim.known() ? dim.value : -1; });
}

}  // namespace upkeep::serve
