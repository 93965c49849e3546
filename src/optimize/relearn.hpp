// Training after a change: what is left of a model learns to answer as it did before. It goes by the labels and by the answers of the model
// before the change, which teaches where it can (optimize/distill.hpp); the learning rate falls along half a cosine over the run.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "data/table.hpp"
#include "optimize/distill.hpp"
#include "optimize/pass.hpp"
#include "train/compile.hpp"

namespace upkeep {

struct Relearning {
  Compile compile;  // its schedule is left aside
  const Dataset& rows;
  std::int64_t epochs = 3;
  std::int64_t batch_size = 32;
  std::uint64_t seed = 0;
  int threads = 0;
  DistillOptions teaching;  // label_weight 1: by the labels alone
  bool show_progress = false;
  std::function<bool()> stop = nullptr;  // polled per batch; true ends the training
};

struct Relearnt {
  Model model;
  bool taught = false;  // by the model before; else by the labels alone
  std::string why_not;  // it could not teach: several outputs, no layers
};

// The model with its weights alone: optimiser and schedules begin anew.
Model without_run(Model model, const Compile& compile);

Relearnt relearn(const Model& changed, const Model& before, const Relearning& how);

// What is pruned in one step can be too much at once: steps with training between lose less (Han et al. 2015; Molchanov et al. 2017).
struct PruningSteps {
  double part = 0.5;             // that is gone in the end
  std::int64_t count = 1;        // of steps, each with its training
  bool of_what_is_left = false;  // what each step is asked for: a part of what the step before left, or of all there was
};
// Takes a part of the model out, in place. facts: those of prune_elements() or prune_channels().
using PruningStep = std::function<Change(Model& model, double part)>;

// `model` is what the last step left, trained. The change is that of all steps together.
// facts of it: those of the step, and "steps": [{"part", "taught"}]
Change prune_in_steps(Model& model, const PruningStep& step, const PruningSteps& steps, const Relearning& how);

}  // namespace upkeep
