// Records -> the table of one file: columns named and typed by the model's signature.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "data/table.hpp"
#include "log/schema.hpp"
#include "upkeep/prediction_log.hpp"

namespace upkeep {

struct SegmentTable {
  Table table;
  std::map<std::string, std::vector<std::uint8_t>> missing;  // by column: rows in which a record lacked it
};

class LogSegment {
 public:
  // False: a column of this record has another type than before, or another signature names it; it belongs into the next segment.
  bool fits(const PredictionRecord& record) const;
  // How many rows the record has. Sizes of tensors without elements say nothing.
  static std::int64_t rows_of(const PredictionRecord& record);
  // Its tensors in the types that the log has.
  static void convert(PredictionRecord& record);
  // Rows [begin, end) of a record that fits and is converted.
  void add(const PredictionRecord& record, std::int64_t begin, std::int64_t end);

  std::int64_t rows() const { return rows_; }
  std::size_t bytes() const { return bytes_; }  // about what is held
  LogTime first_time() const { return first_time_; }
  SegmentTable finish();  // leaves nothing here

 private:
  struct Column {
    LogColumn about;
    std::vector<std::byte> bytes;
    std::vector<std::string> strings;
    std::vector<std::uint8_t> missing;  // filled up to the last row that has the column
    bool gaps = false;
    std::size_t element_size() const { return size_bits(about.dtype) / 8; }
    void pad(std::int64_t rows);
    Tensor finish(std::int64_t rows);
  };
  struct TensorColumns {
    DType dtype = DType::kUndefined;
    std::vector<std::size_t> elements, statistics;  // into columns_
  };
  using Key = std::pair<bool, std::string>;  // is_input, name

  void take_signature(const PredictionRecord& record);
  std::size_t add_column(LogColumn about);
  void add_tensors(const Tensors& tensors, bool is_input, std::int64_t record_rows, std::int64_t begin, std::int64_t end);
  void add_elements(const Tensor& tensor, const TensorColumns& columns, std::int64_t width, bool by_row, std::int64_t begin,
                    std::int64_t end);
  void add_statistics(const Tensor& tensor, const TensorColumns& columns, std::int64_t width, bool by_row, std::int64_t begin,
                      std::int64_t end);
  TensorColumns& columns_of(const Key& key, DType dtype, std::int64_t width);

  std::vector<std::string> ids_, errors_;
  std::vector<std::int32_t> row_numbers_;
  std::vector<std::int64_t> times_, latencies_;
  std::vector<Column> columns_;
  std::map<Key, TensorColumns> tensors_;
  std::shared_ptr<const Signature> signature_;
  std::string model_;
  LogTime first_time_{};
  std::int64_t rows_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace upkeep
