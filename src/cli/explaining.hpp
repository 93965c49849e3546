// What `upkeep explain` reads and prints.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "data/table.hpp"
#include "explain/background.hpp"
#include "explain/effects/effect.hpp"
#include "explain/explainer.hpp"

namespace upkeep {

struct ExplainRequest {
  std::string model;
  std::string registry;
  std::string data;
  std::vector<std::string> features;
  std::vector<std::string> target;
  bool wants_targets = false;
  std::string background;
  std::int64_t background_rows = 50;
  std::string choose;
  std::uint64_t seed = 0;
  std::string output;
  std::string scale;
  std::vector<std::string> groups;  // NAME=PATTERN,PATTERN
  std::int64_t patch = 0;
  std::string sequences;
  int threads = 0;
  std::int64_t budget = 0;
};

struct ExplainedModel {
  std::unique_ptr<explain::Subject> subject;
  Tensors rows;  // of the table, as the model reads them
  Tensor targets;
  explain::Background background;
};
ExplainedModel open_explained(const ExplainRequest& request);

// "3,10-19", from 1, as places from 0; empty text: all of up to 100, else the first 100 with a note. Throws Error{kInvalidArgument}.
std::vector<std::int64_t> rows_to_explain(const std::string& text, std::int64_t rows);
// "error=0.01" as 0.01. Throws Error{kInvalidArgument}.
double error_from(const std::string& until);

// A row for each feature of each explained row.
Table attributions_table(const std::vector<explain::Explanation>& explanations, const explain::Subject& subject, const Tensors& rows);

std::string explanation_text(const explain::Explanation& explanation, const explain::Subject& subject, const Tensors& rows);
std::string importance_text(const std::vector<explain::Explanation>& explanations, const explain::Subject& subject);
std::string effect_text(const explain::Effect& effect);

}  // namespace upkeep
