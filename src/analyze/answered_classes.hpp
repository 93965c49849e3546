// What classes a model's answers stand for, said with them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "data/table.hpp"
#include "graph/graph.hpp"

namespace upkeep {

struct AnsweredClasses {
  std::string output;
  std::vector<std::string> names;  // by index; empty where classes are their indices
  double threshold = 0.5;          // of one number for a row: above it, it is the second class
};

// Of a model with one output (beside its embedding) that was trained to tell classes apart, or that knows their names; nullopt of any
// other.
std::optional<AnsweredClasses> answered_classes(const Model& model);

// The likeliest class of each row of `values` [N, K]: its name, or its index; "" or NaN where a value is missing.
Tensor likeliest_classes(const Tensor& values, const AnsweredClasses& classes);

// The answers with the likeliest class in front, as "predicted", and with classes' names in place of numbers ("out.rose" for "out.1").
Table with_classes(const Table& answers, const Tensor& values, const std::string& output, const AnsweredClasses& classes);

}  // namespace upkeep
