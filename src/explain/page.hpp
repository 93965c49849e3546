// Explanations as one self-contained HTML page.
#pragma once

#include <string>
#include <vector>

#include "explain/effects/effect.hpp"
#include "explain/methods/method.hpp"

namespace upkeep::explain {

struct PageContent {
  std::string title;  // "Why price@production answers what it does"
  std::string about;  // the data, the background
  const Subject& subject;
  const Tensors& rows;                    // of the table
  std::vector<Explanation> explanations;  // of one method
  std::vector<Effect> effects;
};
std::string explanations_page(const PageContent& content);

}  // namespace upkeep::explain
