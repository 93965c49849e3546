// What a Trainer holds. Seen by the files of the trainer only.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "metrics/metric.hpp"
#include "train/epoch_figures.hpp"
#include "train/graph_runner.hpp"
#include "train/optimizers/optimizer.hpp"
#include "train/parameters.hpp"
#include "train/trainable.hpp"
#include "train/trainer.hpp"
#include "train/training_record.hpp"

namespace upkeep {

// Fresh metrics by output of the graph. Throws Error: unknown names or settings.
std::vector<std::vector<metrics::NamedMetric>> metrics_of(const TrainingGraph& graph);

struct TrainerState {
  TrainerState(Model model, Compile settings);

  // Graph and session are made when first needed, and kept; a change of the number of threads makes new ones.
  GraphRunner& training(int threads, SampleWeights weights = SampleWeights::kNone);
  GraphRunner& evaluation(int threads, SampleWeights weights = SampleWeights::kNone);
  Figures evaluate(const TrainingData& data, std::int64_t batch_size, int threads, const std::string& prefix);

  Model model(Json fit = nullptr) const;
  // The smallest elements of each trainable kernel become zero, down to this part of it, and stay so.
  void prune(double sparsity);
  // Weights, slots and progress of a model that model() made. Throws Error{kCorrupt}, and takes none, when they are not all there.
  void take_over(const Model& from, const TrainingRecord& record);

  Compile compile;
  Trainable trainable;  // its weights are those that the trainer began with
  std::unique_ptr<optimizers::Optimizer> optimizer;
  Parameters parameters;
  std::vector<std::string> pruned;  // weights whose zeros stay in further training
  struct Runner {
    std::unique_ptr<GraphRunner> runner;
    SampleWeights weights = SampleWeights::kNone;
  };
  Runner training_runner;
  Runner evaluation_runner;
  double rate;
  std::int64_t iteration = 0;
  std::int64_t epoch = 0;
  std::optional<std::uint64_t> seed;   // of the last fit() with an epoch
  std::optional<int> trained_threads;  // the same
  History history;
  int threads = 0;  // of the last fit()

 private:
  std::unique_ptr<GraphRunner> runner(Phase phase, int threads, SampleWeights weights);
  bool take_slots(const Model& from);  // false when some are missing; those start afresh
  void take_earlier_training();
  void expect_complete(const Model& model) const;
};

}  // namespace upkeep
