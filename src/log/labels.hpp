// Labels from tables: the rules of `upkeep label` and of the server's endpoint.
#pragma once

#include <filesystem>
#include <string>

#include "base/clock.hpp"
#include "data/table.hpp"
#include "log/cells.hpp"
#include "upkeep/prediction_log.hpp"

namespace upkeep {

struct LabelReading {
  TimeUnit time_unit = TimeUnit::kDetect;
  const Clock& clock = system_clock();
};

// A table with request_id, optionally row, label, optionally time (ISO 8601 texts, timestamps or numbers; default: now), source
// and output.
// Otherwise as append_labels() of the public header. Throws Error{kInvalidArgument} of another column too; messages name the row.
LabelCounts append_labels(const std::filesystem::path& folder, const std::string& model, const Table& labels,
                          const LabelReading& reading = {});

}  // namespace upkeep
