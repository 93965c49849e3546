// What becomes of a log's files as it grows: many small ones become one, old ones go.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"

namespace upkeep {

struct LogStatus {
  std::int64_t prediction_files = 0, prediction_rows = 0, label_files = 0, label_rows = 0;
  std::int64_t old_files = 0;  // of the layout of release 0.1, among these
  std::uintmax_t bytes = 0;
  std::vector<std::int64_t> versions;                // in ascending order
  std::optional<std::chrono::sys_days> first, last;  // days of predictions
};
// Throws Error{kNotFound} when nothing is logged for the model.
LogStatus log_status(const std::filesystem::path& folder, const std::string& model);

struct Compaction {
  std::int64_t files_before = 0, files_after = 0;  // of what was put together
};
// Puts the files of each partition together that have fewer than `rows` rows, into files of about so many. The new file is whole under its
// name before the old ones go, and says which ones it stands for: a reader at any moment, and after a kill, counts each row once.
// Their profiles are added up beside it.
// Throws Error{kFailedPrecondition} while another process compacts the same log.
Compaction compact_log(const std::filesystem::path& folder, const std::string& model, std::int64_t rows = 500'000);

// Removes predictions of days, and labels that arrived on days, that end before `before`. Returns the number of files.
std::int64_t expire_log(const std::filesystem::path& folder, const std::string& model, TimePoint before);

}  // namespace upkeep
