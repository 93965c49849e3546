#include "log/schema.hpp"

#include <algorithm>
#include <map>

#include "base/format.hpp"

namespace upkeep {

namespace {

using Dims = std::optional<std::vector<std::int64_t>>;

// What a batch's first axis is: -1 (any size) where an input says so, else the first input's.
std::int64_t batch_size(const Signature& signature) {
  std::optional<std::int64_t> first;
  for (const InputSignature& input : signature.inputs) {
    if (!input.dims || input.dims->empty()) continue;
    if (input.dims->front() < 0) return -1;
    if (!first) first = input.dims->front();
  }
  return first.value_or(-1);
}

// Elements in a row, -1: not fixed.
std::int64_t row_width(const Dims& dims, std::int64_t batch) {
  if (!dims) return -1;
  const bool by_row = !dims->empty() && (dims->front() < 0 || dims->front() == batch);
  std::int64_t width = 1;
  for (std::size_t axis = by_row ? 1 : 0; axis < dims->size(); ++axis) {
    if ((*dims)[axis] < 0) return -1;
    if (__builtin_mul_overflow(width, (*dims)[axis], &width)) return -1;
  }
  return width;
}

std::string element_name(const LogColumn& column) {
  return upkeep::format("{}.{}.{}", column.is_input ? "in" : "out", column.tensor, column.element);
}

struct Named {
  LogColumn column;
  std::vector<std::string> names;  // the shortest first; the last one is unique
};

std::vector<Named> feature_names(const InputSignature& input) {
  std::vector<Named> named;
  for (std::size_t i = 0; i < input.features.size(); ++i) {
    LogColumn column{
        .name = {}, .dtype = logged_type(input.dtype), .tensor = input.name, .element = static_cast<std::int64_t>(i), .feature = i};
    const std::string& feature = input.features[i].column;
    named.push_back({column, {"in." + feature, upkeep::format("in.{}.{}", input.name, feature), element_name(column)}});
  }
  return named;
}

void add_elements(std::vector<Named>& named, std::vector<LogColumn> columns) {
  for (LogColumn& column : columns) {
    const std::string name = column.name;
    named.push_back({std::move(column), {name}});
  }
}

// Those that share a name take their next longer one, until no two are alike.
std::vector<LogColumn> told_apart(std::vector<Named> named) {
  for (bool again = true; again;) {
    again = false;
    std::map<std::string, int> counts;
    for (const Named& one : named) ++counts[one.names.front()];
    for (Named& one : named)
      if (counts[one.names.front()] > 1 && one.names.size() > 1) {
        one.names.erase(one.names.begin());
        again = true;
      }
  }
  std::vector<LogColumn> columns;
  for (Named& one : named) {
    one.column.name = one.names.front();
    columns.push_back(std::move(one.column));
  }
  return columns;
}

}  // namespace

DType logged_type(DType dtype) {
  switch (dtype) {
    case DType::kFloat16:
    case DType::kBFloat16:
    case DType::kFloat8E4M3FN:
    case DType::kFloat8E4M3FNUZ:
    case DType::kFloat8E5M2:
    case DType::kFloat8E5M2FNUZ:
    case DType::kFloat4E2M1: return DType::kFloat32;
    case DType::kInt4: return DType::kInt8;
    case DType::kUInt4: return DType::kUInt8;
    default: return dtype;
  }
}

std::vector<LogColumn> log_columns(bool is_input, const std::string& tensor, DType dtype, std::int64_t width) {
  std::vector<LogColumn> columns;
  if (width <= kWidestLoggedTensor) {
    for (std::int64_t i = 0; i < width; ++i) {
      columns.push_back({.name = {}, .dtype = logged_type(dtype), .is_input = is_input, .tensor = tensor, .element = i, .feature = {}});
      columns.back().name = element_name(columns.back());
    }
    return columns;
  }
  if (dtype == DType::kString) return columns;
  using enum LogStatistic;
  for (const auto& [statistic, word] : {std::pair{kMin, "min"}, {kMax, "max"}, {kMean, "mean"}, {kStd, "std"}, {kMissing, "missing"}})
    columns.push_back({.name = upkeep::format("{}.{}.{}", is_input ? "in" : "out", tensor, word),
                       .dtype = statistic == kMissing ? DType::kInt64 : DType::kFloat64,
                       .is_input = is_input,
                       .tensor = tensor,
                       .feature = {},
                       .statistic = statistic});
  return columns;
}

std::vector<LogColumn> log_columns(const Signature& signature) {
  const std::int64_t batch = batch_size(signature);
  std::vector<Named> named;
  for (const InputSignature& input : signature.inputs) {
    const std::int64_t width = row_width(input.dims, batch);
    if (input.has_scalar_features() && width <= kWidestLoggedTensor) std::ranges::move(feature_names(input), std::back_inserter(named));
    else add_elements(named, log_columns(true, input.name, input.dtype, width));
  }
  for (const OutputSignature& output : signature.outputs)
    add_elements(named, log_columns(false, output.name, output.dtype, row_width(output.dims, batch)));
  return told_apart(std::move(named));
}

}  // namespace upkeep
