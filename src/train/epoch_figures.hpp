// The figures of an epoch: loss and metrics over all its rows, from what the training graph gave for each batch.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "metrics/metric.hpp"
#include "train/graph_runner.hpp"
#include "train/ranks.hpp"

namespace upkeep {

// Batches are gathered, and metrics see many rows at once: a step costs two copies, whatever the metrics are.
class EpochFigures {
 public:
  // `metrics` by output of the graph, copied empty.
  EpochFigures(const TrainingGraph& graph, const std::vector<std::vector<metrics::NamedMetric>>& metrics);

  void add(const GraphRunner& runner, std::size_t rows);
  // Of a batch of which `runner` has run `mine` of its `rows`; `loss` is that of the whole batch.
  void add(const GraphRunner& runner, std::size_t mine, std::size_t rows, float loss, Ranks& ranks);
  void clear();
  // Loss (the mean over rows) and metrics, under their names behind `prefix`; then starts anew. Where there are several outputs also their
  // losses, and all names of an output stand behind its own ("left_loss", "left_mae"), as in Keras.
  Figures take(const std::string& prefix = "");

 private:
  struct Gathered {
    std::shared_ptr<std::vector<std::byte>> bytes;
    DType dtype;
    Shape shape;  // of a row, behind a first dimension of 0
    std::size_t row_bytes;
  };
  static Gathered gathered(const ValueInfo& value);
  Tensor tensor(const Gathered& gathered) const;
  void begin_batch(std::size_t rows, float loss);
  void make_room(std::size_t rows);
  void flush();

  struct Output {
    std::string prefix;
    std::vector<metrics::NamedMetric> metrics;
    Gathered predictions;
    Gathered targets;
    std::optional<Gathered> mask;  // 1 for steps that count
    bool all_heed_mask = false;
    double loss = 0;  // times rows
  };
  void add_to_metrics(const Output& output, std::span<const float> weights) const;
  // A column of a batch goes behind those gathered so far.
  void append(Gathered& to, const void* from, std::size_t rows) const;
  void append(Gathered& to, const void* from, std::size_t mine, Ranks& ranks) const;
  template <typename Append>
  void gather(const GraphRunner& runner, const Append& append);
  std::vector<Gathered*> columns();

  std::vector<Output> outputs_;
  std::optional<Gathered> weights_;  // of the rows, where a metric asks for them
  std::size_t capacity_ = 0;         // rows
  std::size_t gathered_ = 0;
  std::size_t rows_ = 0;
  double loss_ = 0;  // times rows
};

}  // namespace upkeep
