// Rows of a version's reference table as the model reads them: what a session is warmed up with, beside zeros.
#pragma once

#include <optional>
#include <vector>

#include "data/table.hpp"
#include "runtime/session.hpp"
#include "upkeep/signature.hpp"

namespace upkeep::serve {

// The first rows, at most `most`. nullopt: an input is not fed from columns of the table one by one (a window of a series), or they do not
// fit it.
std::optional<Tensors> reference_rows(const Table& table, const std::vector<TensorSpec>& inputs, const Signature& signature,
                                      std::int64_t most);

}  // namespace upkeep::serve
