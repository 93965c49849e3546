// Learning curves: how loss, metrics and learning rate went, epoch by epoch, as a page.
#pragma once

#include <string>
#include <vector>

#include "analyze/report.hpp"
#include "train/trainer.hpp"

namespace upkeep {

// A self-contained HTML page. An empty history gives a page that says so.
std::string learning_curves_page(const std::string& title, const History& history);

// The charts alone, for other pages: one per measure with its validation beside it, and the learning rate where it changed.
std::vector<report::Chart> learning_curves(const History& history);

}  // namespace upkeep
