// The files of one model's log: where they lie, what they are called, which of them count.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"

namespace upkeep {

enum class LogKind { kPredictions, kLabels };

struct LogFile {
  std::filesystem::path path;
  std::optional<std::int64_t> version;        // of its partition
  std::optional<std::chrono::sys_days> date;  // of its partition; none: predictions-*.parquet and labels-*.parquet of release 0.1
  std::string stamp;                          // the time in its name: orders files
};

struct FileQuery {
  TimePoint since = TimePoint::min();
  TimePoint until = TimePoint::max();
  std::optional<std::int64_t> version;
};

// "20260131T120000.123456Z", which sorts as the times do.
std::string to_stamp(TimePoint time);
std::optional<TimePoint> time_of_stamp(const std::string& stamp);

// A name that no other process, container or host gives.
std::string new_file_name(TimePoint time);
std::filesystem::path prediction_partition(const std::filesystem::path& model_folder, std::int64_t version, TimePoint time);
std::filesystem::path label_partition(const std::filesystem::path& model_folder, TimePoint arrived);

// Files that may hold rows of the query, in order of their times; those that a compacted file stands for are left out.
std::vector<LogFile> log_files(const std::filesystem::path& model_folder, LogKind kind, const FileQuery& query = {});

// Compacted files say which ones they stand for, so that a reader who sees both counts rows once.
std::string compacted_file_name(TimePoint time);
bool is_compacted(const std::filesystem::path& file);
std::map<std::string, std::string> replacement_note(const std::vector<std::filesystem::path>& files);
std::vector<std::string> replaced_by(const std::filesystem::path& compacted);  // names, in the same folder

// The names of models that have a log below `folder`.
std::vector<std::string> logged_models(const std::filesystem::path& folder);

// A file may be replaced by a compacted one between being listed and being read: then `work` starts again with a new list.
// What is thrown while all files are still there goes on to the caller.
template <typename Work>
auto with_log_files(const std::filesystem::path& model_folder, LogKind kind, const FileQuery& query, const Work& work) {
  for (int attempt = 0;; ++attempt) {
    const std::vector<LogFile> files = log_files(model_folder, kind, query);
    try {
      return work(files);
    } catch (const std::exception&) {
      const auto gone = [](const LogFile& file) { return !std::filesystem::exists(file.path); };
      if (attempt >= 100 || std::ranges::none_of(files, gone)) throw;
    }
  }
}

}  // namespace upkeep
