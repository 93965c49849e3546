// What the columns of a prediction log are called and hold, for a model of a given signature. The writer names its columns by this, and so
// does everybody who reads them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "upkeep/signature.hpp"

namespace upkeep {

// Elements of a tensor in one row that are logged one by one. Of a wider tensor (an image) the log holds statistics.
inline constexpr std::int64_t kWidestLoggedTensor = 1024;

// The type that the log holds elements in: floats narrower than float32 as float32, all else as it is.
DType logged_type(DType dtype);

enum class LogStatistic { kNone, kMin, kMax, kMean, kStd, kMissing };  // of a row's elements; missing: how many are not finite

struct LogColumn {
  std::string name;  // in.age, in.x.0, in.image.mean, out.score.0
  DType dtype = DType::kUndefined;
  bool is_input = true;
  std::string tensor;                  // the input or output
  std::int64_t element = 0;            // of its row, flattened; 0 for statistics
  std::optional<std::size_t> feature;  // into the input's features, where each element is one
  LogStatistic statistic = LogStatistic::kNone;
  bool operator==(const LogColumn&) const = default;
};

// in.<COLUMN> for each feature of an input with has_scalar_features() (in.<INPUT>.<COLUMN> where that names two columns of the log),
// in.<INPUT>.<i> for the elements of other inputs, out.<OUTPUT>.<i>; for a tensor that is too wide in.<INPUT>.min, .max, .mean, .std
// and .missing (float64; missing int64). Rows lie along the first axis; a tensor without it is the same for all rows of a request. A tensor
// whose row has no fixed size has no columns here: the log gets in.<INPUT>.<i> for as many elements as come.
std::vector<LogColumn> log_columns(const Signature& signature);

// The columns of one tensor of which `width` elements stand in a row, without features: "in.x.0", ...
std::vector<LogColumn> log_columns(bool is_input, const std::string& tensor, DType dtype, std::int64_t width);

}  // namespace upkeep
