// A model: loaded from a file of any known format, or made of layers; run, trained, judged and saved.
//
//   const Model model = Model::load("price.h5");
//   const Tensors answers = model.run({{"features", Tensor({1, 3}, std::vector<float>{4, 80, 1})}});
//
// A value: a copy is a model of its own, made in no time, as tensors are shared. Const methods may be called from any number of threads at
// once; those that change the model (compile, fit, set_...) by one thread, with none of the others at that time.
// A call that throws leaves the model, and files, as they were.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "upkeep/data.hpp"
#include "upkeep/evaluation.hpp"
#include "upkeep/history.hpp"
#include "upkeep/layer.hpp"
#include "upkeep/signature.hpp"
#include "upkeep/tensor.hpp"
#include "upkeep/training.hpp"

namespace upkeep::api {

struct RunSettings {
  std::vector<std::string> outputs{};  // that are computed; none: all
  int threads = 0;                     // of one run; 0: one per core. Where many threads call run(), 1 is fastest
};

struct PredictSettings {
  std::int64_t batch_size = 256;  // rows in a run
  int threads = 0;                // 0: one per core
};

// One row of a summary.
struct LayerSummary {
  std::string name{};
  std::string kind{};                 // of the layer; the operator where the graph has no layers
  std::string output{};               // "[batch, 10]"
  std::vector<std::string> inputs{};  // what it reads
  std::int64_t parameters = 0;
  std::int64_t trainable = 0;  // of them
  std::int64_t zeros = 0;      // of them
  std::int64_t weight_bytes = 0;
  double flops = 0;  // of one row
};

class Model {
 public:
  // Of layers: what the inputs are and what comes out of them. Weights are drawn from `seed`.
  // Throws Error that names the layer: unknown settings, shapes that do not fit, an input that is missing.
  Model(const std::vector<Value>& inputs, const std::vector<Value>& outputs, std::uint64_t seed = 0);
  // ONNX, Keras (.keras, .h5), safetensors, .ort, an architecture in YAML or JSON, ...: by content. Weights that a file does not hold are
  // drawn from `seed`. Files are untrusted: nothing in them is run, and limits come before memory.
  static Model load(const std::filesystem::path& file, std::uint64_t seed = 0);
  // As the format says, else by extension: .onnx, .keras, .h5, .npz, ... With compile settings, optimiser slots and history where the
  // format holds them. Whole or not at all.
  void save(const std::filesystem::path& file, const Format& format = {}) const;

  virtual ~Model();
  Model(const Model& other);
  Model(Model&&) noexcept;
  Model& operator=(const Model& other);
  Model& operator=(Model&&) noexcept;

  // --- looking at it ---
  Signature signature() const;  // names, element types and dimensions of inputs and outputs, columns, classes
  std::vector<std::string> input_names() const;
  std::vector<std::string> output_names() const;
  std::vector<LayerSummary> layers() const;
  std::string summary() const;  // the same as a table
  // "dense/kernel" [in, out], ... in Keras's layouts; of a graph without layers its initializers.
  std::vector<std::pair<std::string, Tensor>> weights() const;
  // Some or all of them. Throws Error{kInvalidArgument}: a name that is unknown, another type or shape.
  void set_weights(const std::vector<std::pair<std::string, Tensor>>& weights);

  // The weights of a file that holds no graph (.npz, .safetensors, .weights.h5, ...) in place of the model's own, seen as layers.
  void load_weights(const std::filesystem::path& file);

  // --- answering ---
  // One run, by the names of inputs and outputs; the batch may have any size. The session is made by the first call with so
  // many threads, and kept.
  // Throws Error{kInvalidArgument} on a wrong name, type or shape, and says which was expected.
  Tensors run(const Tensors& inputs, const RunSettings& settings = {}) const;
  // All rows, in batches. `data` as the model reads it; by output name.
  Tensors predict(const Data& data, const PredictSettings& settings = {}) const;
  // Of a model with one input and one output: x [N, ...].
  Tensor predict(const Tensor& x, const PredictSettings& settings = {}) const;
  // The likeliest class of each row of predict(): its name, else its index as text; "" where there is no answer.
  // Throws Error{kFailedPrecondition} where the model does not answer classes.
  std::vector<std::string> predict_classes(const Data& data, const PredictSettings& settings = {}) const;

  // --- data ---
  // The rows of a table as the model reads them, with targets for the losses that it is compiled with, so compile() first. Classes that are
  // texts become indices. Throws Error naming column and row.
  Data data(const Table& table, const Columns& columns = {}) const;
  // The same without targets, to predict.
  Data inputs(const Table& table, const Columns& columns = {}) const;

  // --- training ---
  void compile(const CompileSettings& settings);
  // The epochs of this call. Normalization layers that have seen no data yet learn their mean and variance from these rows first.
  // Throws Error{kFailedPrecondition} before compile(), or where the checkpoint is of another run; {kInvalidArgument} when the data does
  // not fit. Epochs that came to their end stay, also where a later one throws; one that did not leaves no trace.
  History fit(const Data& data, const FitSettings& settings = {});
  History fit(const Tensor& x, const Tensor& y, const FitSettings& settings = {}) { return fit(Data(x, y), settings); }
  // Raises the learning rate step by step on a copy.
  LearningRateTest learning_rate_test(const Data& data, const LearningRateTestSettings& settings = {}) const;
  void set_learning_rate(double rate);
  double learning_rate() const;

  // Loss and metrics over all rows.
  Evaluation evaluate(const Data& data, const EvaluateSettings& settings = {}) const;
  Evaluation evaluate(const Tensor& x, const Tensor& y, const EvaluateSettings& settings = {}) const {
    return evaluate(Data(x, y), settings);
  }

 protected:
  friend class ModelParts;
  struct State;
  explicit Model(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// One self-contained HTML page with the loss and every metric over the epochs.
void save_learning_curves(const History& history, const std::string& title, const std::filesystem::path& file);

}  // namespace upkeep::api
