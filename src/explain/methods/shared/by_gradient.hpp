// What gradient methods share: rows on the way from the background to the explained row, and sums of elements by feature.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "explain/gradients.hpp"
#include "explain/methods/method.hpp"

namespace upkeep::explain::methods {

using Numbers = std::map<std::string, std::vector<double>>;  // by value of a carrier: one number for each element of a row

// x' + part (x - x'), where x' is a row of the background.
struct Point {
  std::int64_t background = 0;
  double part = 1;
};

// The explained row and the background as what has gradients sees them.
class Path {
 public:
  Path(const Question& question, const Background& background);
  const Gradients& gradients() const { return gradients_; }
  const Numbers& row() const { return row_; }
  Numbers background(std::int64_t row) const;
  // x - x' by value.
  Numbers difference(std::int64_t background) const;
  Tensors at(std::span<const Point> points) const;
  // The explained row `count` times, each changed by `change(row number, value name, numbers)`.
  Tensors changed(std::int64_t count, const std::function<void(std::int64_t, const std::string&, std::vector<double>&)>& change) const;

 private:
  Tensors rows(std::int64_t count, const std::function<void(std::int64_t, const std::string&, std::vector<double>&)>& fill) const;

  const Gradients& gradients_;
  Tensors tensors_, background_tensors_;
  Numbers row_;
};

// The background that was given, else a row of zeros and a note that says so.
Background background_or_zeros(const Question& question, std::vector<std::string>& notes);

// Row `row` of the gradients, by value.
Numbers gradient_of(const Gradients::Answer& answer, std::int64_t row);
// Adds factor * gradient of a row, element by element.
void add_gradient(Numbers& sums, const Gradients::Answer& answer, std::int64_t row, double factor);
Numbers product(const Numbers& a, const Numbers& b);
double total(const Numbers& numbers);

// Fills values and elements: those of a looked-up value are summed to the elements of the input that it was looked up by.
void attribute(Attribution& attribution, const Question& question, const Gradients& gradients, const Numbers& numbers);
// By feature only.
std::vector<double> by_feature(const Question& question, const Gradients& gradients, const Numbers& numbers);

}  // namespace upkeep::explain::methods
