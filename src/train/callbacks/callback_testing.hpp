// For the tests of this room: a run that writes down what it is asked.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "base/error_testing.hpp"
#include "train/callbacks/callback.hpp"

namespace upkeep::callbacks {

class RecordedRun : public Run {
 public:
  void keep(const std::string& snapshot) override { kept[snapshot] = done; }
  bool has(const std::string& snapshot) const override { return kept.contains(snapshot); }
  void take_weights(const std::string& snapshot) override { taken.push_back(kept.at(snapshot)); }
  void prune(double sparsity) override { pruned.push_back(sparsity); }
  Model model() const override {
    Model model;
    model.producer_name = "epoch " + std::to_string(done);
    return model;
  }
  std::int64_t epoch() const override { return done; }
  void event(TrainingEvent event) override { events.push_back(std::move(event)); }

  std::int64_t done = 0;                     // epochs
  std::map<std::string, std::int64_t> kept;  // snapshot -> epoch
  std::vector<std::int64_t> taken;           // epochs whose weights were put in place
  std::vector<double> pruned;                // sparsities asked for
  std::vector<TrainingEvent> events;
};

// The verdict at the end of the next epoch with these figures.
inline Verdict end_epoch(Callback& callback, RecordedRun& run, const Figures& figures) {
  ++run.done;
  return callback.epoch_end({.epoch = run.done, .figures = figures, .iteration = run.done * 10}, run);
}

// The epoch after which it stops when the losses are these; 0: it does not.
inline std::int64_t stops_after(const std::string& callback, const std::vector<double>& losses, RecordedRun* seen = nullptr) {
  RecordedRun own;
  RecordedRun& run = seen ? *seen : own;
  const auto made = make(parse_named(callback));
  made->begin(run);
  for (const double loss : losses)
    if (end_epoch(*made, run, {{"val_loss", loss}}).kind == Verdict::Kind::kStop) break;
  made->end(run);
  return run.done == std::ssize(losses) ? 0 : run.done;
}

}  // namespace upkeep::callbacks
