// A figure that is watched: is it better than the best so far?
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/json.hpp"
#include "upkeep/history.hpp"

namespace upkeep {

class Monitor {
 public:
  // `figure`: none is val_loss, or loss where nothing is held out. `mode`: min, max, or auto: by the figure's name. `min_delta`: a smaller
  // change is no improvement; absolute. Throws Error{kInvalidArgument} when auto cannot tell.
  Monitor(std::optional<std::string> figure, const std::string& mode, double min_delta);

  // The watched figure of an epoch. Throws Error{kInvalidArgument} with the figures there are.
  double current(const std::map<std::string, double>& figures);
  // Anything beats nothing; NaN beats nothing that is a number.
  bool improves(double current) const;
  // Takes `current` for the best when it improves.
  bool update(double current);
  std::optional<double> best() const { return best_; }
  void set_best(std::optional<double> best) { best_ = best; }
  Json state() const;               // the best so far; null: none
  void restore(const Json& state);  // what state() gave
  bool higher_is_better() const { return higher_is_better_; }
  const std::optional<std::string>& figure() const { return figure_; }

 private:
  bool direction(const std::string& mode) const;

  std::optional<std::string> figure_;
  double min_delta_;
  bool higher_is_better_ = false;
  std::optional<double> best_;
};

// JSON has no infinity and no NaN; a figure may be either.
Json exact(double value);
double exact(const Json& value);

std::map<std::string, double> by_name(const Figures& figures);

}  // namespace upkeep
