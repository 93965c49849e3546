// Explanations of rows by a method's name, each with what shows how far it can be trusted.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "explain/methods/method.hpp"

namespace upkeep::explain {

struct ExplainOptions {
  std::string method = "auto";  // "kernel-shap:samples=512"; auto: integrated-gradients where the model has gradients, else exact
                                // Shapley values up to 12 features, else kernel-shap
  std::string element = {};     // class or index; empty: the likeliest of each row
  std::uint64_t seed = 0;
  double until_error = 0;
  bool infidelity = false, stability = false;  // measured too, which takes several times the evaluations
};

// Of each row of `rows`. Throws Error: an unknown method, a background that is missing, a model without gradients.
std::vector<Explanation> explain_rows(const Subject& subject, const Tensors& rows, const Background& background,
                                      const ExplainOptions& options, const std::function<void(std::int64_t done)>& progress = {});

// "auto" resolved.
NamedSettings chosen_method(const std::string& text, const Subject& subject);

}  // namespace upkeep::explain
