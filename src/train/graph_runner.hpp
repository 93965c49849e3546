// Runs a training graph batch after batch without allocating: rows are gathered into buffers to which the session is bound, as it is to the
// parameters.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "data/loader.hpp"
#include "runtime/session.hpp"
#include "train/parameters.hpp"
#include "train/training_data.hpp"
#include "train/training_graph.hpp"

namespace upkeep {

// Where random numbers of a run come from; not needed in evaluation.
struct RandomPlace {
  std::uint64_t seed = 0;
  std::int64_t step = 0;
};

class GraphRunner {
 public:
  // `parameters` must outlive this.
  GraphRunner(TrainingGraph graph, Parameters& parameters, int threads);

  const TrainingGraph& graph() const { return graph_; }
  int threads() const { return threads_; }

  // Runs these rows of `data`. Afterwards the losses, predictions(), targets() and the parameters' gradients are theirs.
  void run(const TrainingData& data, std::span<const std::int64_t> rows, const RandomPlace& place = {});
  // The same for `count` rows from `begin` on of a batch whose columns are inputs, targets and sample weights, in this order.
  void run(const Batch& batch, std::size_t begin, std::size_t count, const RandomPlace& place = {});
  // Moves the weights that are not trained to what the last run said (moving means).
  void apply_updates();
  // What the last run said of them, one buffer per TrainingGraph::updates.
  std::vector<std::vector<float>>& updates() { return updates_; }

  float loss() const { return loss_; }  // of all outputs together
  // Of one of TrainingGraph::outputs.
  float loss(std::size_t output) const { return output_losses_.size() > 1 ? output_losses_[output] : loss_; }
  const float* predictions(std::size_t output) const { return predictions_[output].data(); }  // [rows, ...]
  const float* mask(std::size_t output) const { return masks_[output].data(); }               // [rows, steps], of outputs that have one
  bool has_sample_weights() const { return !graph_.sample_weights.empty(); }
  const std::byte* sample_weights() const { return staged_.back().bytes.data(); }  // float32[rows], where there are any
  const std::byte* targets(std::size_t output) const { return staged_[graph_.data.size() + output].bytes.data(); }

 private:
  struct Staged {  // rows of one input, or of the targets
    std::string name;
    DType dtype;
    Shape row;  // shape of a row
    std::size_t row_bytes;
    std::vector<std::byte> bytes;
  };
  struct Noise {
    std::string name;
    std::uint32_t stream;
    Dims dims;
    std::vector<float> values;
  };
  struct Bound {
    std::int64_t rows;
    std::unique_ptr<Binding> binding;
  };

  void stage(const ValueInfo& input);
  void run_staged(std::int64_t rows, const RandomPlace& place);
  const Tensor& rows_for(const TrainingData& data, std::size_t staged) const;
  std::size_t place_of(const std::string& weight) const;
  void reserve(std::int64_t rows);
  Binding& binding_for(std::int64_t rows);
  std::unique_ptr<Binding> bind(std::int64_t rows);

  TrainingGraph graph_;
  Parameters& parameters_;
  int threads_;
  Session session_;
  std::int64_t capacity_ = 0;
  std::vector<Staged> staged_;  // inputs, targets, sample weights
  std::vector<Noise> noise_;
  std::vector<std::vector<float>> predictions_;  // by output
  std::vector<std::vector<float>> masks_;        // by output; empty where there is none
  std::vector<float> output_losses_;
  std::vector<std::vector<float>> updates_;
  std::vector<std::size_t> updated_;  // the weight of each
  float loss_ = 0.0f;
  std::vector<Bound> bound_;  // at most two: the full batch and the last one of an epoch
};

// Elements of one row of a value.
std::size_t row_size(const ValueInfo& value);

}  // namespace upkeep
