// Which rows of a dataset train, and which are held out to validate on.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/table.hpp"

namespace upkeep {

struct HeldOut {
  Dataset training;
  Dataset validation;
};

// `fraction` of the rows is held out. Of rows in an order of their own (Dataset::ordered) those are the last ones, as in Keras; of windows
// over time too, and those to train on lie wholly before them, as if the table had been cut in two (where that leaves none, a note says
// that they overlap). Of others they are drawn by `seed`, of every class the same share, so that a table sorted by class, or a folder of
// images, is divided well. Throws Error{kInvalidArgument} as split_tail() does.
HeldOut hold_out(Dataset data, double fraction, std::uint64_t seed);

// A class index for each row: of whole numbers [N, 1] that repeat, or of one-hot rows; empty where targets are no classes.
std::vector<std::int64_t> classes_of_rows(const Tensor& targets);

// One line on the classes of held-out rows that no training row has; empty when there are none.
std::string unseen_classes(const Tensor& training, const Tensor& held_out, const std::vector<std::string>& names);

}  // namespace upkeep
