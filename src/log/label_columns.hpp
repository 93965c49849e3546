// Columns of labels, checked and brought into the log's types.
#pragma once

#include "log/labels.hpp"

namespace upkeep {

struct LabelColumns {
  std::vector<std::string> ids;
  std::vector<std::int32_t> rows;  // -1: not said
  std::vector<std::int64_t> times;
  Tensor labels;  // float64 or texts
  std::vector<std::string> sources;
  std::vector<std::string> outputs;  // "": the judged one
};

LabelColumns label_columns(const Table& labels, const LabelReading& reading);

}  // namespace upkeep
