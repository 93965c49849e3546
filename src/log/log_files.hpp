// The files of one model's log: their names, their order, and many tables as one.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "data/table.hpp"

namespace upkeep::logs {

// KIND-20260131T120000.123456Z-SEQUENCE.parquet; the sequence is unique across threads and processes.
std::string segment_name(std::string_view kind, TimePoint time);
// In the order of their names, which is the order of time.
std::vector<std::filesystem::path> segments(const std::filesystem::path& folder, std::string_view kind);

// One below the other. A column that some lack: NaN (integers become float64) or "". One that is numbers here and text there becomes text.
Table stack(const std::vector<Table>& parts);

}  // namespace upkeep::logs
