// Data: tables from files, and the rows that a model trains on, answers and is judged by.
//
//   const Table table = read_table("houses.csv", {.source = sources::Csv({.separator = ";"})});
//   const Data data = model.data(table, {.targets = {"price"}});      // columns as the model reads them
//   const auto [training, held_out] = data.split(0.2, /*seed=*/1);
//
// Both are immutable handles: a copy shares the memory, and any thread may read them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "upkeep/choices.hpp"
#include "upkeep/tensor.hpp"

namespace upkeep::api {

struct TableSettings {
  Source source{};  // settings of the file's format: sources::Csv, sources::Images; none: as the file is found to be
  std::vector<std::int64_t> image_shape{};  // {8, 8, 1}: columns of pixels become one array of this shape; empty: they stay columns
  std::string pixels{};                     // of which columns: their name without the number; empty: all that are numbered
  std::int64_t window = 0;                  // rows that make a sample of a series; 0: each row is one
  std::int64_t stride = 1;                  // rows from the beginning of one sample to that of the next
  std::int64_t horizon = 1;                 // rows from a sample's last one to that of its target
  std::string by{};                         // column: rows of equal values are a series of their own; empty: all rows are one
};

// Named columns of equal length. Missing values are NaN in columns of floats and "" in those of texts.
class Table {
 public:
  Table();  // without columns
  // Each [N, ...]. Throws Error{kInvalidArgument} when their lengths differ.
  explicit Table(const std::vector<std::pair<std::string, Tensor>>& columns);

  std::int64_t rows() const;
  std::vector<std::string> names() const;
  bool has(const std::string& name) const;
  const Tensor& column(const std::string& name) const;     // [N, ...]; throws Error{kNotFound} with the columns there are
  Tensor texts(const std::string& name) const;             // [N] string: as the values stand in their file
  Table rows(std::int64_t begin, std::int64_t end) const;  // [begin, end)
  // By extension: .csv, .parquet, .npz. Whole or not at all.
  void save(const std::filesystem::path& file) const;

 private:
  friend class DataParts;
  struct State;
  std::shared_ptr<const State> state_;
};

// CSV, Parquet, NPZ, or a folder of images in folders by class. What stands behind a colon in `data` is read as on the command line
// ("d.csv:separator=;"); `settings` count where both say something. Throws Error that names the file.
Table read_table(const std::filesystem::path& data, const TableSettings& settings = {});

// The rows of a model's inputs, with what its answers should be.
class Data {
 public:
  // Of a model with one input and one output. x [N, ...]; y [N, K] of numbers, or class indices [N, 1] int64 for sparse losses.
  Data(Tensor x, Tensor y);
  // By the names of inputs and outputs. Without targets: rows to answer, or to calibrate by.
  explicit Data(Tensors inputs, Tensors targets = {});

  std::int64_t rows() const;
  const Tensors& inputs() const;                          // by name; "" where none was given
  Tensors targets() const;                                // by output; "" of the only one
  const Tensor& sample_weights() const;                   // [N] float32; of size 0 where all are 1
  const std::vector<std::string>& class_names() const;    // of texts as targets: by index
  const std::vector<std::string>& feature_names() const;  // columns that were read, "INPUT=COLUMN" of several inputs
  const std::vector<std::string>& target_names() const;

  // Each row's loss is multiplied by its weight. Throws Error{kInvalidArgument} unless they are [N].
  Data with_sample_weights(const Tensor& weights) const;
  Data rows(std::int64_t begin, std::int64_t end) const;  // [begin, end)
  // `fraction` in [0, 1) is held out: of arrays and windows over time the last rows; of other tables drawn by `seed`, of every class the
  // same share. Throws Error{kInvalidArgument} where one part would be empty.
  std::pair<Data, Data> split(double fraction, std::uint64_t seed = 0) const;

 private:
  friend class DataParts;
  struct State;
  explicit Data(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

// Which columns a model reads and is judged by. What is empty is the model's own (its signature), else, of features, every other column of
// numbers.
struct Columns {
  std::vector<std::string> targets{};
  std::vector<std::string> features{};
  std::vector<std::string> ignore{};
  std::string sample_weight{};
  std::map<std::string, std::vector<std::string>> features_of{};  // by input, of a model with several
  std::map<std::string, std::vector<std::string>> targets_of{};   // by output, of a model with several
};

// By class index: its rows' losses are multiplied by this; 1 where none is given.
using ClassWeights = std::map<std::int64_t, double>;
// n / (classes * count) of each class (scikit-learn's "balanced").
ClassWeights balanced_class_weights(const Data& data);

}  // namespace upkeep::api
