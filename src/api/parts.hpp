// What stands behind the handles of the public API.
#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "base/settings.hpp"
#include "data/table.hpp"
#include "graph/graph.hpp"
#include "runtime/session.hpp"
#include "train/compile.hpp"
#include "train/trainer.hpp"
#include "train/training_request.hpp"
#include "upkeep/data.hpp"
#include "upkeep/model.hpp"

namespace upkeep::api {

struct Table::State {
  upkeep::Table table;
};

struct Data::State {
  Dataset dataset;  // inputs and targets called "" are those of the only ones
};

class DataParts {
 public:
  static const upkeep::Table& table(const Table& table) { return table.state_->table; }
  static Table make(upkeep::Table table);
  static const Dataset& dataset(const Data& data) { return data.state_->dataset; }
  static Data make(Dataset dataset) { return Data(std::make_shared<const Data::State>(Data::State{std::move(dataset)})); }
  // As a model reads it: with the names of its inputs, and of its outputs where it is trained on several.
  static Dataset of(const Data& data, const upkeep::Model& model, const std::optional<Compile>& compile);
  // The same. Throws Error{kInvalidArgument} where there is nothing to compare answers with.
  static Dataset with_targets(const Data& data, const upkeep::Model& model, const std::optional<Compile>& compile);
};

TrainingRequest request_of(const Columns& columns);

// A model and what was made of it. The graph is either here or, once it was trained, in the trainer.
struct Model::State {
  std::vector<Layer> pending;             // of a Sequential, until the shape of its input is known
  std::optional<Architecture> unlearned;  // layers whose vocabularies the data will say; `model` has placeholders then
  std::optional<upkeep::Model> model;     // today's, when no trainer holds it
  std::optional<Compile> compiled;
  std::unique_ptr<Trainer> trainer;
  std::uint64_t seed = 0;

  // With its newest weights. Throws Error{kFailedPrecondition} while there are none, or a vocabulary is not known.
  upkeep::Model current() const;
  upkeep::Model seen() const;      // the same, or good enough to see what it reads and answers
  const Compile& compile() const;  // throws Error{kFailedPrecondition}
  bool built() const { return model || trainer; }
  void build(const Architecture& net);  // with fresh weights
  void take(upkeep::Model next);        // in place of the one before; trained on by the same settings
  std::shared_ptr<const Session> session(int threads) const;

 private:
  mutable std::mutex mutex_;                                        // of the sessions alone
  mutable std::map<int, std::shared_ptr<const Session>> sessions_;  // by the number of their threads
  friend class ModelParts;
};

class ModelParts {
 public:
  static Model make(upkeep::Model model);
  static upkeep::Model graph(const Model& model) { return model.state_->current(); }
  static const std::optional<Compile>& compiled(const Model& model) { return model.state_->compiled; }
  static Model::State& state(Model& model) { return *model.state_; }
  static void forget_sessions(Model::State& state);
};

}  // namespace upkeep::api
