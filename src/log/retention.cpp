#include "log/retention.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/files.hpp"
#include "base/format.hpp"
#include "data/sources/arrow_table.hpp"
#include "log/log_files.hpp"
#include "log/profile.hpp"
#include "log/reader.hpp"
#include "upkeep/error.hpp"

namespace upkeep {

namespace fs = std::filesystem;

namespace {

constexpr LogKind kKinds[] = {LogKind::kPredictions, LogKind::kLabels};

Error no_log(const fs::path& folder, const std::string& model) {
  return Error(ErrorCode::kNotFound, upkeep::format("nothing of \"{}\" is logged in \"{}\"", model, folder.string()),
               "upkeep serve logs every prediction; --registry or --log says where");
}

void expect_log(const fs::path& folder, const std::string& model) {
  for (const LogKind kind : kKinds)
    if (!log_files(folder / model, kind).empty()) return;
  throw no_log(folder, model);
}

FileLock lock_of(const fs::path& model_folder) {
  auto lock = FileLock::try_lock(model_folder / ".compaction-lock");
  if (!lock)
    throw Error(ErrorCode::kFailedPrecondition, upkeep::format("another process compacts \"{}\" now", model_folder.string()),
                "try again later");
  return std::move(*lock);
}

void remove_files(const std::vector<fs::path>& files) {
  if (files.empty()) return;
  for (const fs::path& file : files) {
    std::error_code problem;
    fs::remove(file, problem);
    if (problem) throw Error(ErrorCode::kIo, upkeep::format("cannot remove \"{}\": {}", file.string(), problem.message()));
    fs::remove(profile_path(file), problem);
  }
  fsync_folder(files.front().parent_path());
}

// Profiles whose segment never came: of a writer that was killed between the two. One that writes now has an hour.
void remove_lonely_profiles(const fs::path& partition) {
  for (const fs::directory_entry& entry : fs::directory_iterator(partition)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with('_') || entry.path().extension() != ".profile") continue;
    const fs::path segment = partition / (entry.path().stem().string().substr(1) + ".parquet");
    std::error_code gone;
    if (fs::exists(segment, gone) || fs::file_time_type::clock::now() - entry.last_write_time(gone) < std::chrono::hours(1)) continue;
    fs::remove(entry.path(), gone);
  }
}

// The sum of the files' profiles, where all have one, over the same cells.
std::optional<SegmentProfile> profile_of_files(const std::vector<fs::path>& files) {
  std::optional<SegmentProfile> sum;
  for (const fs::path& file : files) {
    std::optional<SegmentProfile> one = read_profile(file, sum ? sum->fingerprint : "");
    if (!one) return std::nullopt;
    if (sum) sum->merge(*one);
    else sum = std::move(one);
  }
  return sum;
}

// What a compaction that was killed has left: files whose rows a compacted one holds.
void finish_earlier(const fs::path& partition) {
  std::vector<fs::path> left;
  for (const fs::directory_entry& entry : fs::directory_iterator(partition))
    if (is_compacted(entry.path()))
      for (const std::string& name : replaced_by(entry.path()))
        if (fs::exists(partition / name)) left.push_back(partition / name);
  remove_files(left);
  remove_lonely_profiles(partition);
}

void put_together(const std::vector<LogFile>& files) {
  std::vector<fs::path> paths;
  for (const LogFile& file : files) paths.push_back(file.path);
  const std::string bytes = sources::merged_parquet(paths, {.missing = {}, .notes = replacement_note(paths), .key = "request_id"});
  const TimePoint first = time_of_stamp(files.front().stamp).value_or(TimePoint());
  const fs::path whole = paths.front().parent_path() / compacted_file_name(first);
  if (const std::optional<SegmentProfile> profile = profile_of_files(paths)) write_profile(*profile, whole);
  write_new_file(whole, bytes);
  remove_files(paths);
}

// Neighbours in time, so that the order of rows stays.
void compact_partition(const std::vector<LogFile>& files, std::int64_t rows, Compaction& done) {
  std::vector<LogFile> group;
  std::int64_t held = 0;
  const auto close = [&] {
    if (group.size() > 1) {
      put_together(group);
      done.files_before += static_cast<std::int64_t>(group.size());
      ++done.files_after;
    }
    group.clear();
    held = 0;
  };
  for (const LogFile& file : files) {
    const std::int64_t more = sources::summarize_parquet(file.path).rows;
    if (held + more > rows) close();
    if (more >= rows) {
      close();
      continue;
    }
    group.push_back(file);
    held += more;
  }
  close();
}

}  // namespace

LogStatus log_status(const fs::path& folder, const std::string& model) {
  expect_log(folder, model);
  LogStatus status;
  std::set<std::int64_t> versions;
  for (const LogKind kind : kKinds)
    with_log_files(folder / model, kind, {}, [&](const std::vector<LogFile>& files) {
      std::int64_t rows = 0;
      for (const LogFile& file : files) {
        rows += in_context(file.path.string(), [&] { return sources::summarize_parquet(file.path).rows; });
        status.bytes += fs::file_size(file.path);
        status.old_files += !file.date;
        if (file.version) versions.insert(*file.version);
        const auto time = time_of_stamp(file.stamp);
        if (kind != LogKind::kPredictions || (!file.date && !time)) continue;
        const std::chrono::sys_days day = file.date ? *file.date : std::chrono::floor<std::chrono::days>(*time);
        status.first = std::min(status.first.value_or(day), day), status.last = std::max(status.last.value_or(day), day);
      }
      (kind == LogKind::kLabels ? status.label_files : status.prediction_files) = static_cast<std::int64_t>(files.size());
      (kind == LogKind::kLabels ? status.label_rows : status.prediction_rows) = rows;
    });
  status.versions.assign(versions.begin(), versions.end());
  return status;
}

Compaction compact_log(const fs::path& folder, const std::string& model, std::int64_t rows) {
  expect_log(folder, model);
  const FileLock lock = lock_of(folder / model);
  Compaction done;
  for (const LogKind kind : kKinds) {
    std::map<fs::path, std::vector<LogFile>> partitions;
    for (LogFile& file : log_files(folder / model, kind))
      if (file.date) partitions[file.path.parent_path()].push_back(std::move(file));
    for (const auto& [partition, files] : partitions) {
      finish_earlier(partition);
      compact_partition(files, rows, done);
    }
  }
  return done;
}

std::int64_t expire_log(const fs::path& folder, const std::string& model, TimePoint before) {
  expect_log(folder, model);
  const FileLock lock = lock_of(folder / model);
  std::map<fs::path, std::vector<fs::path>> expired;
  for (const LogKind kind : kKinds)
    for (const LogFile& file : log_files(folder / model, kind)) {
      const auto time = time_of_stamp(file.stamp);
      const auto day = file.date ? file.date : time ? std::optional(std::chrono::floor<std::chrono::days>(*time)) : std::nullopt;
      if (day && TimePoint(*day + std::chrono::days(1)) <= before) expired[file.path.parent_path()].push_back(file.path);
    }
  std::int64_t count = 0;
  for (const auto& [partition, files] : expired) {
    if (partition != folder / model) finish_earlier(partition);
    remove_files(files);
    if (partition != folder / model) remove_lonely_profiles(partition);
    count += static_cast<std::int64_t>(files.size());
    std::error_code not_empty;
    fs::remove(partition, not_empty);
  }
  return count;
}

}  // namespace upkeep
