// A model as a list of layers, with Keras's life: compile, fit, evaluate, predict, save, load, change, fit again.
//
//   Sequential model({Input({10}), Dense(10, "relu"), Dense(1)});
//   model.compile({.optimizer = "adam", .loss = "mse", .metrics = {"mae"}});
//   model.fit(x, y, {.epochs = 100, .batch_size = 32});
//   model.save("linear_regression.h5");
//
// Not thread-safe: one thread at a time may use a model. It owns its weights; tensors given to it are shared, not copied.
// A call that throws leaves the model as it was.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "upkeep/history.hpp"
#include "upkeep/layers.hpp"
#include "upkeep/tensor.hpp"

namespace upkeep {

struct CompileOptions {
  std::string optimizer = "adam";    // "adam", "sgd:learning_rate=0.1,momentum=0.9"
  std::string loss = "mse";          // a name of `upkeep catalog train/losses`, with settings as above
  std::vector<std::string> metrics;  // {"mae", "precision:threshold=0.7"}
};

struct FitSettings {
  std::int64_t epochs = 1;
  std::int64_t batch_size = 32;
  double validation_split = 0.0;  // in [0, 1): the last part of the rows, as Keras takes it
  bool shuffle = true;
  std::uint64_t seed = 0;  // of the order of rows and of dropout; recorded in the model
  std::string schedule;    // "reduce-on-plateau:patience=5"; empty: a constant rate
  bool verbose = true;     // a progress bar, on a terminal
};

class Sequential {
 public:
  // Weights are drawn from `seed`. Without an Input in front, the model is built when the first fit shows the width of its data.
  explicit Sequential(const std::vector<Layer>& layers = {}, std::uint64_t seed = 0);
  ~Sequential();
  Sequential(Sequential&&) noexcept;
  Sequential& operator=(Sequential&&) noexcept;

  // Appends a layer; the weights of the others stay, with their optimiser slots.
  void add(const Layer& layer);
  void pop();  // removes the last layer
  // Gives a layer other settings: set("dense_1", "units=30"). Its weights stay where they still fit.
  void set(const std::string& layer, const std::string& settings);

  void compile(const CompileOptions& options);
  // x [N, ...] float32 as the Input says, y [N, K] float32 or class indices [N, 1] int64 for sparse losses.
  // A target of one column is compared with each output of a wider last layer, as in Keras.
  // Throws Error{kFailedPrecondition} before compile(); {kInvalidArgument} when the data does not fit.
  History fit(const Tensor& x, const Tensor& y, const FitSettings& options = {});
  // Loss and metrics over all rows.
  Figures evaluate(const Tensor& x, const Tensor& y);
  Tensor predict(const Tensor& x, std::int64_t batch_size = 256);

  void set_learning_rate(double rate);
  double learning_rate() const;

  std::vector<std::pair<std::string, Tensor>> weights() const;  // "dense/kernel" [in, out], "dense/bias" [out], ...
  void set_weights(const std::vector<std::pair<std::string, Tensor>>& weights);
  std::string summary() const;  // layers, shapes and parameters as a table

  // By extension: .onnx, .h5, ... With compile settings, optimiser slots and history. Whole or not at all.
  void save(const std::filesystem::path& file) const;
  static Sequential load(const std::filesystem::path& file);

 private:
  struct State;
  explicit Sequential(std::unique_ptr<State> state);
  friend void save_analysis(const Sequential&, const Tensor&, const Tensor&, const std::filesystem::path&);
  std::unique_ptr<State> state_;
};

// One self-contained HTML page with the loss and every metric over the epochs.
void save_learning_curves(const History& history, const std::string& title, const std::filesystem::path& file);
// One self-contained HTML page: metrics with confidence intervals, predictions against targets, residuals.
void save_analysis(const Sequential& model, const Tensor& x, const Tensor& y, const std::filesystem::path& file);

}  // namespace upkeep
