// Drawings of explanations as HTML and SVG: no script, numbers beside every bar, any width. Text is escaped here.
#pragma once

#include <string>
#include <vector>

#include "explain/effects/effect.hpp"
#include "explain/explanation.hpp"

namespace upkeep::explain {

// From the base to the answer, a bar for each feature; those beyond `most` together in one. Of methods that do not add up, bars from 0.
std::string waterfall(const Explanation& explanation, const Subject& subject, const Tensors& rows, bool additive, std::size_t most = 12);

// A line of points for each feature, the most important first: where a point lies is its attribution, its colour the feature's value.
// Texts and missing values are grey.
std::string beeswarm(const std::vector<Explanation>& explanations, const Subject& subject, const Tensors& rows, std::size_t most = 15);

// A cell for each pair of edges, coloured around 0, with its number.
std::string surface(const EffectSurface& surface);

}  // namespace upkeep::explain
