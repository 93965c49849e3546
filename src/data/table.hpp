// Tables and datasets: named columns from a file, and the tensors that a model trains on.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "upkeep/tensor.hpp"

namespace upkeep {

// Rows of a table that follow each other in time, as one sample (data/windows.hpp).
struct Series {
  std::int64_t window = 0;   // rows in a sample; 0: each row is one
  std::int64_t stride = 1;   // rows from the beginning of one sample to that of the next
  std::int64_t horizon = 1;  // how many rows behind a sample's last one its target is
  std::string by;            // a column: rows of equal values are a series of their own; empty: all rows are one
};

// Named columns of equal length; each a tensor whose axis 0 is the row ([N] for a CSV column, [N, 8, 8] for an NPZ array).
// Missing values are NaN in floating columns and "" in string columns.
class Table {
 public:
  // Reads columns of a text file once more, as the texts that stand there.
  using TextReader = std::function<Tensor(const std::string& column)>;

  void add(std::string name, Tensor values);  // throws Error when the length differs or the name is used twice
  // An array that has no rows: a scalar, or one whose first axis is not the columns'. An input of a model takes it as it stands.
  void add_whole(std::string name, Tensor values);
  const Tensor* whole(std::string_view name) const;  // null: there is none
  const std::vector<std::pair<std::string, Tensor>>& wholes() const { return wholes_; }
  std::int64_t rows() const { return rows_; }
  bool has(std::string_view name) const;
  const Tensor& column(std::string_view name) const;  // throws Error{kNotFound} with the columns there are
  std::vector<std::string> names() const;
  // The columns of these names, with or without blanks around them, as the table calls them. Throws Error{kNotFound} with the candidates.
  std::vector<std::string> find(const std::vector<std::string>& given) const;
  const std::vector<std::pair<std::string, Tensor>>& columns() const { return columns_; }
  Table rows(std::int64_t begin, std::int64_t end) const;  // [begin, end); shares memory
  Table take(const std::vector<std::int64_t>& indices) const;
  // The target column, if the source named one ("class" of a folder of images).
  const std::string& target() const { return about_.target; }
  void set_target(std::string name) { about_.target = std::move(name); }
  // Whether the order of the rows is the maker's own, as that of arrays is; rows of other tables may be drawn in any order.
  bool ordered() const { return about_.ordered; }
  void set_ordered(bool ordered) { about_.ordered = ordered; }
  // The column that names the rows, if the source has one ("file" of a folder of images); empty: none.
  const std::string& row_name() const { return about_.row_name; }
  void set_row_name(std::string name) { about_.row_name = std::move(name); }
  // What samples are made of; with a window of 0, of single rows.
  const Series& series() const { return about_.series; }
  void set_series(Series series) { about_.series = std::move(series); }
  // Columns of dates and times (int64 microseconds), which are no features unless they are named.
  bool is_time(std::string_view name) const { return about_.times.contains(name); }
  void set_time(std::string name) { about_.times.insert(std::move(name)); }
  // A column as texts: one of texts as it is; one that was read as numbers, as it stands in its file.
  // Throws Error{kInvalidArgument} where the source was no text.
  Tensor texts(const std::string& name) const;
  bool has_texts(std::string_view name) const { return has(name) && (text_reader_ || column(name).dtype() == DType::kString); }
  void set_text_reader(TextReader reader) { text_reader_ = std::move(reader); }
  // Takes over what is known of the other table's columns beyond their values.
  void describe_like(const Table& other) { about_ = other.about_; }
  // Same columns, in the first one's order. A column that is of different numeric types becomes int64 or float64.
  static Table concatenate(const std::vector<Table>& parts);

 private:
  std::vector<std::pair<std::string, Tensor>> columns_;
  std::map<std::string, std::size_t, std::less<>> places_;
  std::vector<std::pair<std::string, Tensor>> wholes_;
  std::int64_t rows_ = 0;
  struct About {
    std::string target;
    bool ordered = false;
    std::string row_name;
    Series series;
    std::set<std::string, std::less<>> times;
  };
  About about_;
  TextReader text_reader_;  // of all rows; parts of the table have none
};

// Reads a table by its content, then its extension: CSV, Parquet, NPZ, images (the room data/sources). Error frames name the file.
// Settings of the source, and those of TableSettings, stand behind a colon: "photos:height=64,width=64", "digits.csv:image_shape=8x8x1".
// A comma that follows the = is a value ("t.csv:separator=;,decimal=,"), so are texts in quotes; [?,NA] is a list.
Table load_table(const std::filesystem::path& file);
// Writes by extension: .csv, .parquet, .npz. Whole or not at all.
void save_table(const Table& table, const std::filesystem::path& file);

// The steps [first, last] of a series, by their places in it, that one sample reads, its target among them.
struct Span {
  std::int64_t series = 0;
  std::int64_t first = 0;
  std::int64_t last = 0;
  bool operator==(const Span&) const = default;
};

// What a model trains on: one tensor per model input, one of targets.
struct Dataset {
  Tensors inputs;                          // by input name; axis 0 is the row, except of scalars
  Tensor targets;                          // [N, K] of numbers, or [N, 1] int64 class indices
  Tensors output_targets;                  // for a model with several outputs: by output name; `targets` is then left empty
  Tensor sample_weights;                   // [N] float32, by which the rows' losses are multiplied; empty: all 1
  std::vector<std::string> feature_names;  // of a table's columns, in order of the input's last axis
  std::vector<std::string> target_names;
  std::vector<std::string> class_names;              // of a string target: index -> label, sorted
  bool ordered = true;                               // the order of the rows is the maker's own (Table::ordered)
  std::vector<Span> spans;                           // what each row was made of, where rows are windows over time; empty: they are none
  std::vector<std::int64_t> table_rows;              // of the table, from 0, that these rows were; empty: all of them in order
  std::int64_t row_number(std::int64_t row) const {  // in the table, from 1, for messages
    return (table_rows.empty() ? row : table_rows[static_cast<std::size_t>(row)]) + 1;
  }
  std::int64_t rows() const { return output_targets.empty() ? targets.dim(0) : output_targets.begin()->second.dim(0); }
  Dataset take(const std::vector<std::int64_t>& indices) const;
  Dataset rows(std::int64_t begin, std::int64_t end) const;
};

struct DatasetOptions {
  std::vector<std::string> targets;  // one column or several; none: inputs only (targets are then [N, 0])
  std::vector<std::string>
      features;  // empty: every other numeric column, in file order; text counts as numeric when most of it is numbers, times do not
  std::vector<std::string> ignore;
  bool integer_targets = false;          // class indices (sparse categorical losses, string labels)
  DType dtype = DType::kFloat32;         // of the features; of strings, none given: every other column of texts
  DType target_dtype = DType::kFloat32;  // of targets that are not class indices
};
// The columns of numbers (or of texts that most are) that are not among `without`; no times.
std::vector<std::string> numeric_columns(const Table& table, const std::vector<std::string>& without);

// One input whose last axis is the features: [N, F] of options.dtype, under `input_name`. A single feature column of higher rank is taken
// as it is. Names are found with or without blanks around them. Throws Error: unknown column (with candidates), a value that is no element
// of the type (with the row, see as_elements()), NaN or infinite targets (with the row), no rows. Rows count from 1 in messages, the header
// not counted. A missing feature of a floating type is NaN.
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
// As many rows as split_tail() gives, drawn by `seed`, of every class the same share as far as whole rows allow it; each part in ascending
// order. `classes` has one number for each row. A class keeps a row to train on as long as other classes have rows to hold out.
Split split_stratified(std::span<const std::int64_t> classes, double fraction, std::uint64_t seed);

}  // namespace upkeep
