// What `train` does to a net by what its data is like, before it is trained: inputs for categories, vocabularies, gaps that are filled in,
// means and variances.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "layers/view/architecture.hpp"
#include "train/training_request.hpp"

namespace upkeep {

struct PreparationRequest {
  std::string model;
  std::string registry;
  std::string weights;                // a file to start from
  std::vector<std::string> category;  // columns
  std::string impute;                 // mean, median, most-frequent, constant or constant:value=NUMBER; empty: gaps stay
  std::uint64_t seed = 0;
};

class Preparation {
 public:
  // `request` gets the columns of each input where categories make some. Throws Error: categories for a model that has weights, ...
  Preparation(PreparationRequest what, const Table& table, TrainingRequest& request);

  // Good enough to see what data the model reads and answers.
  const Model& model() const { return model_; }
  // With what these rows, those that train, have to say.
  Model learned_from(const Dataset& training, const Compile& compile) const;

 private:
  void add_categories(const Table& table, TrainingRequest& request);

  PreparationRequest what_;
  std::optional<Architecture> unbuilt_;  // layers that are built anew once their vocabularies are known
  Model model_;
  std::vector<std::string> categories_;  // columns that were made categories
};

// Columns of the table that nothing reads, with what could be done about them; empty where there are none.
std::string left_out(const Table& table, const TrainingRequest& request, const Dataset& data);

}  // namespace upkeep
