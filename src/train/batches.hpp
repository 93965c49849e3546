// Rows through a session, batch by batch.
#pragma once

#include <cstdint>
#include <functional>

#include "runtime/session.hpp"

namespace upkeep {

// One batch on its way: the outputs have `rows` rows, and more where the model takes one size of batch only (the last row is repeated).
using BatchVisitor = std::function<void(const Tensors& inputs, const Tensors& outputs, std::int64_t rows)>;

// All rows of `inputs`, in the element types that the model declares. Scalars are the same for all rows; inputs whose first axes differ (a
// state [2, N, H] beside samples [N, T]) go through once, as they stand, with `rows` 0.
void run_in_batches(const Session& session, const Tensors& inputs, std::int64_t batch_size, const BatchVisitor& visit);

// How many rows each input has; nullopt where first axes differ. Throws Error where there are none.
std::optional<std::int64_t> rows_of(const Tensors& inputs, const std::vector<TensorSpec>& specs);

}  // namespace upkeep
