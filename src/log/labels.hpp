// Labels from tables: the rules of `upkeep label` and of the server's endpoint.
#pragma once

#include <filesystem>
#include <string>

#include "base/clock.hpp"
#include "data/table.hpp"
#include "upkeep/prediction_log.hpp"

namespace upkeep {

// What whole numbers in a column of times count, since 1970. kDetect: told by their size, where all lie between 2000 and 2100 in one unit.
enum class TimeUnit { kDetect, kSeconds, kMilliseconds, kMicroseconds, kNanoseconds };
TimeUnit time_unit_from_string(std::string_view name);  // "", "s", "ms", "us", "ns"

struct LabelReading {
  TimeUnit time_unit = TimeUnit::kDetect;
  const Clock& clock = system_clock();
};

// A table with request_id, optionally row, label, optionally time (ISO 8601 texts, timestamps or numbers; default: now) and source.
// Otherwise as append_labels() of the public header. Throws Error{kInvalidArgument} of another column too; messages name the row.
LabelCounts append_labels(const std::filesystem::path& folder, const std::string& model, const Table& labels,
                          const LabelReading& reading = {});

}  // namespace upkeep
