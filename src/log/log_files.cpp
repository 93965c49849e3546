#include "log/log_files.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include "base/format.hpp"
#include "base/json.hpp"
#include "base/random.hpp"
#include "data/sources/arrow_table.hpp"
#include "upkeep/error.hpp"

namespace upkeep {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kExtension = ".parquet";
constexpr std::string_view kCompacted = "-compacted.parquet";
constexpr const char* kReplaces = "upkeep.replaces";
constexpr std::size_t kStampLength = std::string_view("20260131T120000.123456Z").size();

std::string date_text(TimePoint time) { return upkeep::format("date={:%F}", std::chrono::floor<std::chrono::days>(time)); }

std::string unique_name(TimePoint time, std::string_view end) { return upkeep::format("{}-{:016x}{}", to_stamp(time), random_seed(), end); }

// The value of a folder "KEY=VALUE".
std::optional<std::string> value_of(const fs::path& folder, std::string_view key) {
  const std::string name = folder.filename().string();
  if (!name.starts_with(key) || name.size() <= key.size() || name[key.size()] != '=') return std::nullopt;
  return name.substr(key.size() + 1);
}

std::optional<std::int64_t> version_of(const fs::path& folder) {
  const auto text = value_of(folder, "version");
  std::int64_t version = 0;
  if (!text || std::from_chars(text->data(), text->data() + text->size(), version).ptr != text->data() + text->size()) return std::nullopt;
  return version;
}

std::optional<std::chrono::sys_days> date_of(const fs::path& folder) {
  const auto text = value_of(folder, "date");
  if (!text || text->size() != 10) return std::nullopt;
  const auto time = time_of_stamp(text->substr(0, 4) + text->substr(5, 2) + text->substr(8, 2) + "T000000.000000Z");
  if (!time) return std::nullopt;
  return std::chrono::floor<std::chrono::days>(*time);
}

std::vector<fs::path> entries_of(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code none;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, none)) found.push_back(entry.path());
  return found;
}

bool is_log_file(const fs::path& file) {
  const std::string name = file.filename().string();
  return !name.starts_with('.') && name.ends_with(kExtension);
}

bool wanted(const LogFile& file, const FileQuery& query) {
  if (query.version && file.version && *file.version != *query.version) return false;
  if (!file.date) {  // named by the time of its first row
    const auto first = time_of_stamp(file.stamp);
    return !first || *first <= query.until;
  }
  return TimePoint(*file.date + std::chrono::days(1)) > query.since && TimePoint(*file.date) <= query.until;
}

// The files of a partition, but those that a compacted one stands for.
std::vector<LogFile> files_of(const fs::path& folder, std::optional<std::int64_t> version, std::chrono::sys_days date) {
  std::vector<LogFile> found;
  std::set<std::string> replaced;
  for (const fs::path& file : entries_of(folder))
    if (is_log_file(file))
      found.push_back({.path = file, .version = version, .date = date, .stamp = file.filename().string().substr(0, kStampLength)});
  for (const LogFile& file : found)
    if (is_compacted(file.path))
      for (std::string& name : replaced_by(file.path)) replaced.insert(std::move(name));
  std::erase_if(found, [&](const LogFile& file) { return replaced.contains(file.path.filename().string()); });
  return found;
}

void add_partition(std::vector<LogFile>& files, const fs::path& folder, std::optional<std::int64_t> version, const FileQuery& query) {
  const auto date = date_of(folder);
  if (!date || !wanted({.path = {}, .version = version, .date = date, .stamp = {}}, query)) return;
  for (int attempt = 0;; ++attempt) {
    const std::vector<fs::path> before = entries_of(folder);
    try {
      const std::vector<LogFile> found = files_of(folder, version, *date);
      files.insert(files.end(), found.begin(), found.end());
      return;
    } catch (const std::exception&) {  // a compacted file that another one replaced while it was being looked at
      if (attempt >= 100 || entries_of(folder) == before) throw;
    }
  }
}

void add_files_of_the_first_release(std::vector<LogFile>& files, const fs::path& model_folder, std::string_view start,
                                    const FileQuery& query) {
  for (const fs::path& file : entries_of(model_folder)) {
    const std::string name = file.filename().string();
    if (!name.starts_with(start) || !name.ends_with(kExtension)) continue;
    LogFile one{.path = file, .version = {}, .date = {}, .stamp = name.substr(start.size(), kStampLength)};
    if (wanted(one, query)) files.push_back(std::move(one));
  }
}

}  // namespace

std::string to_stamp(TimePoint time) {
  std::string stamp = to_iso8601(time);
  std::erase_if(stamp, [](char c) { return c == '-' || c == ':'; });
  return stamp;
}

std::optional<TimePoint> time_of_stamp(const std::string& stamp) {
  if (stamp.size() != kStampLength) return std::nullopt;
  const auto part = [&](std::size_t at, std::size_t count) { return stamp.substr(at, count); };
  try {
    return time_from_iso8601(part(0, 4) + "-" + part(4, 2) + "-" + part(6, 5) + ":" + part(11, 2) + ":" + part(13, 10));
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::string new_file_name(TimePoint time) { return unique_name(time, kExtension); }
std::string compacted_file_name(TimePoint time) { return unique_name(time, kCompacted); }
bool is_compacted(const fs::path& file) { return file.filename().string().ends_with(kCompacted); }

fs::path prediction_partition(const fs::path& model_folder, std::int64_t version, TimePoint time) {
  return model_folder / "predictions" / upkeep::format("version={}", version) / date_text(time);
}

fs::path label_partition(const fs::path& model_folder, TimePoint arrived) { return model_folder / "labels" / date_text(arrived); }

std::vector<LogFile> log_files(const fs::path& model_folder, LogKind kind, const FileQuery& query) {
  std::vector<LogFile> files;
  const bool labels = kind == LogKind::kLabels;
  add_files_of_the_first_release(files, model_folder, labels ? "labels-" : "predictions-", query);
  if (labels)
    for (const fs::path& date : entries_of(model_folder / "labels")) add_partition(files, date, std::nullopt, query);
  else
    for (const fs::path& folder : entries_of(model_folder / "predictions"))
      if (const auto version = version_of(folder); version && (!query.version || *version == *query.version))
        for (const fs::path& date : entries_of(folder)) add_partition(files, date, version, query);
  std::ranges::sort(files, {}, [](const LogFile& file) { return std::pair(file.stamp, file.path); });
  return files;
}

std::map<std::string, std::string> replacement_note(const std::vector<fs::path>& files) {
  Json names = Json::array();
  for (const fs::path& file : files) names.push_back(file.filename().string());
  return {{kReplaces, names.dump()}};
}

std::vector<std::string> replaced_by(const fs::path& compacted) {
  return in_context(compacted.string(), [&] {
    const auto notes = sources::summarize_parquet(compacted).notes;
    const auto note = notes.find(kReplaces);
    return note == notes.end() ? std::vector<std::string>() : parse_json(note->second).get<std::vector<std::string>>();
  });
}

std::vector<std::string> logged_models(const fs::path& folder) {
  std::vector<std::string> models;
  for (const fs::path& model : entries_of(folder))
    if (!log_files(model, LogKind::kPredictions).empty()) models.push_back(model.filename().string());
  std::ranges::sort(models);
  return models;
}

}  // namespace upkeep
