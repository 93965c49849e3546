// Tables and datasets: named columns from a file, and the tensors that a model trains on.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "upkeep/tensor.hpp"

namespace upkeep {

// Named columns of equal length; each a tensor whose axis 0 is the row ([N] for a CSV column, [N, 8, 8] for an NPZ array).
// Missing values are NaN in floating columns and "" in string columns.
class Table {
 public:
  void add(std::string name, Tensor values);  // throws Error when the length differs or the name stands twice
  std::int64_t rows() const { return rows_; }
  bool has(std::string_view name) const;
  const Tensor& column(std::string_view name) const;  // throws Error{kNotFound} with the columns there are
  std::vector<std::string> names() const;
  const std::vector<std::pair<std::string, Tensor>>& columns() const { return columns_; }
  Table rows(std::int64_t begin, std::int64_t end) const;  // [begin, end); shares memory
  Table take(const std::vector<std::int64_t>& indices) const;
  // The column that whoever made the table means to be predicted ("class" of a folder of images); empty: nothing said.
  const std::string& target() const { return target_; }
  void set_target(std::string name) { target_ = std::move(name); }
  // Same columns, in the first one's order. A column that is of different numeric types becomes float64.
  static Table concatenate(const std::vector<Table>& parts);

 private:
  std::vector<std::pair<std::string, Tensor>> columns_;
  std::map<std::string, std::size_t, std::less<>> places_;
  std::int64_t rows_ = 0;
  std::string target_;
};

// Reads a table by its content, then its extension: CSV, Parquet, NPZ, images (the room data/sources). Error frames name the file.
// Settings of the source, and those of TableSettings, stand behind a colon: "photos:height=64,width=64", "digits.csv:image_shape=8x8x1".
Table load_table(const std::filesystem::path& file);
// Writes by extension: .csv, .parquet, .npz. Whole or not at all.
void save_table(const Table& table, const std::filesystem::path& file);

// What a model trains on: one tensor per model input, one of targets.
struct Dataset {
  Tensors inputs;                          // by input name; axis 0 is the row
  Tensor targets;                          // [N, K] float32, or [N, 1] int64 class indices
  Tensors output_targets;                  // for a model with several outputs: by output name; `targets` is then left empty
  Tensor sample_weights;                   // [N] float32, by which the rows' losses are multiplied; empty: all 1
  std::vector<std::string> feature_names;  // of a table's columns, in order of the input's last axis
  std::vector<std::string> target_names;
  std::vector<std::string> class_names;  // of a string target: index -> label, sorted
  std::int64_t rows() const { return output_targets.empty() ? targets.dim(0) : output_targets.begin()->second.dim(0); }
  Dataset take(const std::vector<std::int64_t>& indices) const;
  Dataset rows(std::int64_t begin, std::int64_t end) const;
};

struct DatasetOptions {
  std::vector<std::string> targets;   // one column or several; none: inputs only (targets are then [N, 0])
  std::vector<std::string> features;  // empty: every other numeric column, in file order; text counts as numeric when most of it is numbers
  std::vector<std::string> ignore;
  bool integer_targets = false;  // class indices (sparse categorical losses, string labels)
  bool texts = false;            // features are texts, for an input of strings; none given: every other column of texts
};
// One input whose last axis is the features: [N, F] float32, or string for texts, under `input_name`. A single feature column of higher
// rank is taken as it is. Throws Error: unknown column (with candidates), a column that is no number (with the row and the text), NaN or
// infinite targets (with the row), no rows. Rows count from 1 in messages, the header not counted. A missing feature is NaN.
Dataset make_dataset(const Table& table, const std::string& input_name, const DatasetOptions& options);

struct Split {
  std::vector<std::int64_t> first;   // training rows
  std::vector<std::int64_t> second;  // held out
};
// Keras's validation_split: the last `fraction` of the rows, before any shuffling; the first row held out is floor(rows * (1 - fraction)).
// Throws Error{kInvalidArgument} when `fraction` is outside of [0, 1), or when it is not 0 and leaves one of the parts empty.
Split split_tail(std::int64_t rows, double fraction);
// As many rows as split_tail() gives, drawn by `seed`; each part in ascending order.
Split split_random(std::int64_t rows, double fraction, std::uint64_t seed);

}  // namespace upkeep
