// One run of training, as the floor below takes it.
#pragma once

#include "train/trainer.hpp"
#include "upkeep/data.hpp"
#include "upkeep/training.hpp"

namespace upkeep::api {

// What the model learns of its data before it trains: columns, classes, means and variances.
upkeep::Model prepared(upkeep::Model model, const Dataset& data, const Compile& compile);

// The rows that train, and the options, which refer to the settings and to this run. Not to be copied or moved.
class Run {
 public:
  Run(const upkeep::Model& model, const Data& data, const Compile& compile, const FitSettings& settings);
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  const Dataset& rows() const { return rows_; }
  const FitOptions& options() const { return options_; }
  bool came_to_an_epoch() const { return epochs_ > 0; }

 private:
  Dataset rows_;
  FitOptions options_;
  bool stopped_ = false;
  std::int64_t epochs_ = 0;  // that ended
};

}  // namespace upkeep::api
