// Callbacks: what watches a run of fit() and decides how it goes on. Keras's names where Keras has one; rollback is ours.
//
// They are asked in the order in which they were given; the first that does not say "go on" decides.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/catalog.hpp"
#include "base/settings.hpp"
#include "graph/graph.hpp"
#include "upkeep/history.hpp"

namespace upkeep::callbacks {

struct Verdict {
  enum class Kind { kGoOn, kStop, kRollBack };
  Kind kind = Kind::kGoOn;
  std::string reason = {};        // one line for the event log
  double rate_factor = 1;         // of a rollback: the rate kept with the snapshot, times this
  std::int64_t skip_batches = 0;  // of a rollback: how many batches up to this one are left out from now on
  bool gives_up = false;          // of a rollback: the run ends with the snapshot
};

// A batch whose loss is known and by which the weights have not been changed yet.
struct BatchFacts {
  std::int64_t epoch = 1;      // from 1
  std::int64_t batch = 1;      // of the epoch, from 1
  std::int64_t batches = 1;    // in an epoch
  std::int64_t iteration = 0;  // updates so far
  double loss = 0;             // of this batch; may be anything
  double learning_rate = 0;
};

struct EpochFacts {
  std::int64_t epoch = 1;  // from 1
  const Figures& figures;  // loss, metrics, val_..., learning_rate, seconds
  std::int64_t iteration = 0;
};

// What a callback may ask of the run.
class Run {
 public:
  virtual ~Run() = default;
  // Keeps weights, optimiser slots, iteration, epoch, learning rate and the schedule's state, from which the random numbers and the order
  // of the data follow. One snapshot per name; it is part of the run's checkpoints.
  virtual void keep(const std::string& snapshot) = 0;
  virtual bool has(const std::string& snapshot) const = 0;
  // Puts the weights (and slots) of a snapshot in place; the rest of the run goes on.
  virtual void take_weights(const std::string& snapshot) = 0;
  // Sets the smallest elements of each trainable kernel to zero, down to this part of it; what is zero stays zero from now on. A sparsity
  // of 0 only keeps the zeros there are.
  virtual void prune(double sparsity) = 0;
  virtual Model model() const = 0;         // as it is now
  virtual std::int64_t epoch() const = 0;  // that are done
  virtual void event(TrainingEvent event) = 0;
};

class Callback {
 public:
  virtual ~Callback() = default;
  virtual void begin(Run&) {}
  virtual Verdict batch_end(const BatchFacts&, Run&) { return {}; }
  virtual Verdict epoch_end(const EpochFacts&, Run&) { return {}; }
  // The run is back at the end of epoch `epoch`. Called for every callback, whoever asked for it.
  virtual void rolled_back(std::int64_t epoch, Run&) { static_cast<void>(epoch); }
  virtual void end(Run&) {}
  // The snapshot that a rollback goes to.
  virtual std::string snapshot() const { return {}; }
  // What it needs to go on in a resumed run.
  virtual Json state() const { return nullptr; }
  virtual void restore(const Json&) {}
};

struct CallbackEntry {
  std::string name;                  // "early-stopping"
  std::vector<std::string> aliases;  // "EarlyStopping"
  std::string help;
  Settings settings;
  bool decides = true;  // false: it only writes; a run that is resumed may have other ones
  std::function<std::unique_ptr<Callback>(const Json& settings)> make;
};
using CallbackCatalog = Catalog<CallbackEntry>;
const CallbackCatalog& catalog();

// Throws Error: unknown names or settings.
std::unique_ptr<Callback> make(const NamedSettings& callback);

}  // namespace upkeep::callbacks
