// Which columns of the log and of the reference hold a feature, and its values on both sides in a form in which they can be compared.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "data/table.hpp"
#include "graph/signature.hpp"
#include "maintain/monitor/sample.hpp"

namespace upkeep {

struct FeatureColumn {
  std::string name;                  // "age"; "INPUT=age" where two inputs have a column of that name
  std::string reference;             // the reference's column
  std::vector<std::string> columns;  // of the log, where there are any; of several, the first that has a value in a row counts
  std::optional<FeatureKind> kind;   // where somebody said it; else it follows from the values
  DType dtype = DType::kUndefined;   // of the model's input, where it is known
  bool may_be_missing = false;

  bool is_in(const Table& log) const { return !columns.empty() && log.has(columns.front()); }
};

struct FeatureNames {
  std::optional<Signature> signature;   // the model's
  std::vector<std::string> features;    // "COLUMN" or "INPUT=COLUMN"; none: the signature's, else the log's own names
  std::vector<std::string> categories;  // those that are categories, whatever else is said
};

// In the log a feature is in.<COLUMN>, in.<INPUT>.<COLUMN> where two inputs have a column of that name, or in.<INPUT>.<i> where the writer
// knew no names; by position where no name fits and the count does. Inputs that are no features in columns (images) are left out; of an
// input of windows, [rows, steps, features], each feature is its value at the last step, "FEATURE (last step)".
std::vector<FeatureColumn> match_features(const Table& log, const FeatureNames& names);
// Whether a column of the log is an element of an input that holds something else than one value for each feature: an image, a window.
bool is_element(const std::string& column, const Signature& signature);
// Such inputs that are not compared.
std::vector<std::string> uncompared_inputs(const Signature& signature);
// The table's column that holds an input's arrays, of its only feature's name or of the input's; empty: there is none.
std::string array_column(const InputSignature& input, const Table& table);
// Whether its features are columns at several steps.
bool holds_windows(const InputSignature& input);
// The table, and for each input of windows that it has as an array the columns "FEATURE (last step)".
Table with_last_steps(Table table, const Signature& signature);

// The log's values of a feature: those of its first column, and of the others where that one has none.
Tensor logged_values(const Table& log, const FeatureColumn& feature);

// Whole numbers of any integer column.
std::vector<std::int64_t> integers(const Tensor& column);
// A numeric column as doubles; missing values are NaN. Throws Error{kInvalidArgument} for text.
std::vector<double> doubles(const Tensor& column);
// Values as text, whole numbers without a fraction; missing ones are "".
std::vector<std::string> words(const Tensor& column);
bool is_missing(const Tensor& column, std::int64_t row);

// The floating type in which two columns are compared: the narrowest of both and the model's input; kUndefined: none of them is floating.
DType compared_type(const Tensor& reference, const Tensor& current, const FeatureColumn& feature);

// Values of one feature on both sides, as numbers or as categories.
struct Sides {
  FeatureKind kind = FeatureKind::kNumber;  // kNumber, kCategory or kText (not compared)
  Sample reference_numbers;
  Sample current_numbers;
  Words reference_words;
  Words current_words;
  bool in_cells =
      false;  // the numbers are those of a profile's cells, of which a value between two of the reference's is not one that was seen
  std::optional<std::pair<double, double>> current_range = {};  // of such numbers: the smallest and the largest that were counted
  bool categorical() const { return kind == FeatureKind::kCategory; }
  std::int64_t reference_rows() const { return reference_numbers.rows() + reference_words.rows(); }
  std::int64_t current_rows() const { return current_numbers.rows() + current_words.rows(); }
  std::int64_t reference_missing() const { return reference_numbers.missing() + reference_words.missing(); }
  std::int64_t current_missing() const { return current_numbers.missing() + current_words.missing(); }
};
// Numbers are compared in the narrowest floating type of both columns and the model's input: 0.1 is 0.1f where one side is float32.
// A kind that nobody said follows from the values: texts are categories while they repeat (else free text), truth values are categories,
// whole numbers of integer types on both sides are where they have at most 64 values. Texts that are numbers are numbers.
Sides sides_of(const Tensor& reference, const Tensor& current, const FeatureColumn& feature, SampleCache& cache);

}  // namespace upkeep
