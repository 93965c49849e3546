// Passes that make a model smaller or faster, or another: edit, prune, quantise, factorise, distil, and the search for the best of them.
//
// Each leaves the model it is given as it is, and gives a new one; what may cost quality can be judged on held-out rows (`accept`). All
// throw Error with the layer, the reason and what would be right; then nothing is made. Calls may be made from several threads at once.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "upkeep/acceptance.hpp"
#include "upkeep/choices.hpp"
#include "upkeep/model.hpp"

namespace upkeep::api {

// A changed model, and what was done.
struct Changed {
  Model model;
  std::vector<std::string> notes{};  // for people, one line each
  std::string facts{};               // JSON, as the command prints it: layers, weights, sizes
  std::optional<Verdict> verdict{};  // accepted; none: nobody asked
};

// --- structure ---------------------------------------------------------------------------------------------------------

// One step of an edit. Weights that still fit are kept.
class Edit {
 public:
  static Edit add(const Layer& layer);  // at the end, before the outputs
  static Edit add_after(const std::string& name, const Layer& layer);
  static Edit add_before(const std::string& name, const Layer& layer);
  static Edit remove(const std::string& name);
  static Edit replace(const std::string& name, const Layer& layer);
  static Edit set(const std::string& name, const Setting::Object& settings);  // set("conv2d_1", {{"kernel_size", 5}})
  // As many units or filters as `size`, with the same answers (Net2Net); `noise`: share of the weights' standard deviation.
  static Edit widen(const std::string& name, std::int64_t size, double noise = 0);
  // A layer of the same kind behind it, which changes no answer.
  static Edit deepen(const std::string& name);

 private:
  friend class EditParts;
  Edit(std::string step, std::string argument) : step_(std::move(step)), argument_(std::move(argument)) {}
  std::string step_, argument_;
};

struct EditSettings {
  std::uint64_t seed = 0;  // of fresh weights
  Acceptance accept{};
};
Changed edit(const Model& model, const std::vector<Edit>& steps, const EditSettings& settings = {});

// --- pruning ------------------------------------------------------------------------------------------------------------

enum class Granularity {
  kElement,  // weights become zero, alone or in a pattern, and training keeps them there
  kChannel,  // units, filters and heads are taken out of the graph, with all that belongs to them: smaller and faster
  kHead,     // attention heads alone
  kLayer,    // residual blocks: those without which the answers to `data` change least
};

struct PruneSettings {
  PruneMethod method = "magnitude";  // pruning::Taylor({.sparsity = 0.3, .scope = "global"})
  Granularity granularity = Granularity::kElement;
  PrunePattern pattern = "element";  // of zeros: patterns::NOfM({.n = 2, .m = 4}) says itself how many stay; patterns::Block()
  // Channels that are left in a group: a multiple of this, rounded up; 0: 8 for convolutions of 32 and more, else 1.
  std::int64_t round_to = 0;
  std::optional<Data> data{};  // for methods that go by gradients or activations, for residual blocks, and for training
  std::int64_t epochs = 0;     // of training on `data` after each step, by the labels and the answers of the model before
  std::int64_t steps = 1;      // in which it goes, with training after each
  double label_weight = 0.5;   // of the labels' loss in that training, in [0, 1]
  std::int64_t batch_size = 32;
  std::int64_t batches = 100;  // at most, drawn from the rows by `seed`
  std::uint64_t seed = 0;
  Acceptance accept{};  // of residual blocks without a sparsity: as many go as it allows
};
Changed prune(const Model& model, const PruneSettings& settings = {});

// --- quantisation ---------------------------------------------------------------------------------------------------------

struct QuantizeSettings {
  QuantizeMethod method = "static";       // quantization::Static({.calibrator = "entropy"}), Dynamic, WeightOnly, Float16, ...
  std::optional<Data> data{};             // rows that calibrate; none: made-up rows, which a note says
  std::vector<std::string> keep_float{};  // layers that stay as they are: names, patterns, or an operator
  bool sensitivity = false;               // measure the error that each layer makes alone
  std::uint64_t seed = 0;                 // of made-up rows
  int threads = 0;                        // of the runtime; 0: one per core
  Acceptance accept{};
};
Changed quantize(const Model& model, const QuantizeSettings& settings = {});

// --- factorisation --------------------------------------------------------------------------------------------------------

struct FactorizeSettings {
  FactorizeMethod method = "svd";  // factorization::Svd({.energy = 0.95})
  Acceptance accept{};
};
// Dense and convolution layers as two with fewer weights.
Changed factorize(const Model& model, const FactorizeSettings& settings = {});

// --- distillation ---------------------------------------------------------------------------------------------------------

struct DistillSettings {
  double temperature = 3;     // that softens the teacher's answers
  double label_weight = 0.5;  // of the labels in the loss, in [0, 1]
  FitSettings fit{};
  Acceptance accept{};  // of the student in the teacher's place
};
struct Distilled {
  Model model;
  History history{};
  std::optional<Verdict> verdict{};
};
// The student, compiled, trains on the labels and on the answers of the frozen teacher.
Distilled distill(const Model& student, const Model& teacher, const Data& data, const DistillSettings& settings = {});

// --- search -----------------------------------------------------------------------------------------------------------------

enum class Goal { kLatency, kSize };  // size: of the zipped file

struct OptimizeSettings {
  Acceptance accept{};  // with at least one metric; its data judges every candidate
  Goal goal = Goal::kLatency;
  double budget_seconds = 600;  // nothing new is begun after it
  std::int64_t epochs = 3;      // of training after each removal of channels
  std::int64_t batch_size = 32;
  double step = 0.3;              // part of the channels that are left which goes each time
  PruneMethod method = "taylor";  // that ranks the channels
  std::uint64_t seed = 0;
  int threads = 0;
  std::filesystem::path checkpoint{};  // folder that keeps what was trained, so that a search goes on; empty: none
  std::function<void(const std::string& what)> on_step{};
  Cancellation cancel{};  // ends the search with what there is
};
struct Candidate {
  std::string name{};                // "pruned 51 %, int8"
  std::vector<std::string> steps{};  // what was done to the model, in order
  std::optional<Verdict> verdict{};  // none: it could not be made, `problem` says why
  std::string problem{};
  bool front = false;  // nothing accepted is better in all of: first metric, zipped bytes, latency
};
struct Optimized {
  std::optional<Model> best{};          // none: nothing better was accepted
  std::vector<Candidate> candidates{};  // in the order they were made
  bool out_of_budget = false;
  std::string page{};  // one self-contained HTML file: the candidates and their front
};
// Tries folding, integers, fewer channels with training between, and their combinations. `training` trains and calibrates; a model that is
// not compiled is not trained.
Optimized optimize(const Model& model, const Data& training, const OptimizeSettings& settings);

}  // namespace upkeep::api
