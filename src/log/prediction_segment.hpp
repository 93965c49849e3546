// Records -> the table of one segment.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "data/table.hpp"
#include "log/prediction_log.hpp"

namespace upkeep::logs {

inline constexpr std::int64_t kWidestTensor = 1024;  // elements in a row; beyond, a tensor is not logged

class PredictionSegment {
 public:
  // False: a column of this record has another type than before; it belongs into the next segment.
  bool fits(const PredictionRecord& record);
  void add(PredictionRecord record);  // after fits(), which lays its columns out

  TimePoint first_time() const { return first_time_; }
  std::int64_t rows() const { return rows_; }
  std::uint64_t records() const { return records_; }
  Table finish();  // leaves nothing here

 private:
  // Filled up to `size()`; rows in which a record lacked the column are made up for when the next value comes.
  struct Column {
    std::string name;
    DType dtype;  // float32, float64, int64 or string
    std::vector<float> floats;
    std::vector<double> doubles;
    std::vector<std::int64_t> integers;
    std::vector<std::string> strings;
    bool gaps = false;
    void pad(std::int64_t rows);
    void append(const Tensor& values, std::int64_t index);
    Tensor finish(std::int64_t rows);
  };
  // Where the elements of a tensor go. Records of one version have the same tensors, so the last answer is the next one.
  struct Place {
    std::string tensor;
    DType dtype = DType::kUndefined;
    std::int64_t width = 0;
    bool by_row = false;  // or the same for all rows
    std::size_t first_column = 0;
  };
  struct Layout {
    std::int64_t version = -1;
    std::int64_t rows = 0;
    std::vector<Place> inputs, outputs;
  };

  bool lay_out(const PredictionRecord& record);
  bool place(std::string_view prefix, const Tensors& tensors, const PredictionRecord& record, std::vector<Place>& places);
  static bool same(const std::vector<Place>& places, const Tensors& tensors, std::int64_t rows);
  void append(const Tensors& tensors, const std::vector<Place>& places, std::int64_t row);

  std::vector<std::string> ids_, models_, errors_;
  std::vector<std::int32_t> row_numbers_;
  std::vector<std::int64_t> times_, versions_, latencies_;
  std::vector<Column> columns_;
  std::unordered_map<std::string, std::size_t> column_of_;
  Layout layout_;
  TimePoint first_time_{};
  std::int64_t rows_ = 0;
  std::uint64_t records_ = 0;
};

}  // namespace upkeep::logs
