#include "registry/blobs.hpp"

#include <chrono>

#include "base/files.hpp"
#include "base/format.hpp"
#include "base/sha256.hpp"
#include "upkeep/error.hpp"

namespace upkeep {

namespace fs = std::filesystem;

void make_durable_folder(const fs::path& folder) {
  std::error_code problem;
  if (fs::is_directory(folder, problem)) return;
  const fs::path parent = folder.parent_path();
  if (!parent.empty() && parent != folder) make_durable_folder(parent);
  fs::create_directory(folder, problem);
  if (!problem && !fs::is_directory(folder, problem)) problem = std::make_error_code(std::errc::not_a_directory);
  if (problem) throw Error(ErrorCode::kIo, upkeep::format("cannot make folder \"{}\": {}", folder.string(), problem.message()));
  fsync_folder(parent.empty() ? fs::path(".") : parent);
}

fs::path Blobs::path(const std::string& digest) const { return folder_ / digest.substr(0, 2) / digest; }

std::string Blobs::put(std::string_view bytes) const {
  const std::string digest = sha256(bytes);
  const fs::path file = path(digest);
  make_durable_folder(file.parent_path());
  if (!problem(digest).empty()) write_file(file, bytes);
  else fsync_folder(file.parent_path());  // a writer that was killed between rename and sync
  return digest;
}

std::string Blobs::get(const std::string& digest) const {
  const fs::path file = path(digest);
  std::string bytes = read_file(file);
  const std::string found = sha256(bytes);
  if (found != digest)
    throw Error(ErrorCode::kCorrupt, upkeep::format("artefact \"{}\" is damaged: its bytes have SHA-256 {}", file.string(), found),
                "publish the same model again to repair it, or restore the file from a backup");
  return bytes;
}

std::string Blobs::problem(const std::string& digest) const {
  const fs::path file = path(digest);
  if (!fs::exists(file)) return upkeep::format("artefact \"{}\" is missing", file.string());
  try {
    const std::string found = sha256_of_file(file);
    return found == digest ? "" : upkeep::format("artefact \"{}\" is damaged: its bytes have SHA-256 {}", file.string(), found);
  } catch (const Error& error) {
    return error.what();
  }
}

std::vector<fs::path> Blobs::shelves() const {
  std::vector<fs::path> found;
  std::error_code none;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_, none))
    if (entry.is_directory()) found.push_back(entry.path());
  return found;
}

void Blobs::sweep(const std::set<std::string>& referred) const {
  const auto old = fs::file_time_type::clock::now() - std::chrono::hours(24);
  for (const fs::path& shelf : shelves()) {
    sweep_temporaries(shelf);
    for (const fs::directory_entry& entry : fs::directory_iterator(shelf)) {
      std::error_code gone;
      if (!entry.is_regular_file(gone) || referred.contains(entry.path().filename().string())) continue;
      if (entry.last_write_time(gone) < old && !gone) fs::remove(entry.path(), gone);
    }
  }
}

}  // namespace upkeep
