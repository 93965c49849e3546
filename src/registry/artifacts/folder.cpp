// Artefacts in a folder of this machine or of a shared filesystem. A file is written to a temporary one, synced, renamed, and the folders
// are synced.

#include <algorithm>

#include "base/files.hpp"
#include "base/format.hpp"
#include "base/sha256.hpp"
#include "registry/address.hpp"
#include "registry/artifacts/artifacts.hpp"
#include "registry/durable_folder.hpp"

namespace upkeep::artifacts {

namespace {

namespace fs = std::filesystem;

class FolderArtifacts : public Artifacts {
 public:
  explicit FolderArtifacts(fs::path folder) : folder_(std::move(folder)) {}

  std::string put(std::string_view bytes) const override {
    const std::string digest = sha256(bytes);
    const fs::path file = path(digest);
    make_durable_folder(file.parent_path());
    if (!problem(digest).empty()) {
      write_file(file, bytes);
    } else {
      fsync_folder(file.parent_path());  // a writer that was killed between rename and sync
      std::error_code problem;
      fs::last_write_time(file, fs::file_time_type::clock::now(), problem);  // young again, for sweep()
    }
    return digest;
  }

  std::string get(const std::string& digest) const override {
    const fs::path file = path(digest);
    std::string bytes = read_file(file, std::size_t{1} << 40);
    expect_digest(bytes, digest, file.string());
    return bytes;
  }

  bool has(const std::string& digest) const override { return fs::exists(path(digest)); }

  std::string problem(const std::string& digest) const override {
    const fs::path file = path(digest);
    if (!fs::exists(file)) return upkeep::format("artefact \"{}\" is missing", file.string());
    try {
      const std::string found = sha256_of_file(file);
      return found == digest ? "" : upkeep::format("artefact \"{}\" is damaged: its bytes have SHA-256 {}", file.string(), found);
    } catch (const Error& error) {
      return error.what();
    }
  }

  std::optional<fs::path> file(const std::string& digest) const override { return path(digest); }

  bool remove(const std::string& digest) const override {
    std::error_code problem;
    const bool gone = fs::remove(path(digest), problem);
    if (problem) throw Error(ErrorCode::kIo, upkeep::format("cannot remove \"{}\": {}", path(digest).string(), problem.message()));
    return gone;
  }

  std::size_t sweep(const std::set<std::string>& referred, std::chrono::seconds age) const override {
    const auto old = fs::file_time_type::clock::now() - age;
    std::size_t count = 0;
    for (const fs::path& shelf : shelves()) {
      sweep_temporaries(shelf);
      std::error_code none;
      for (const fs::directory_entry& entry : fs::directory_iterator(shelf, none)) {
        std::error_code gone;
        if (!entry.is_regular_file(gone) || referred.contains(entry.path().filename().string())) continue;
        const auto written = entry.last_write_time(gone);
        if (!gone && written <= old && fs::remove(entry.path(), gone)) ++count;
      }
    }
    return count;
  }

  bool is_near() const override { return true; }
  std::string address() const override { return fs::absolute(folder_).lexically_normal().string(); }

 private:
  fs::path path(const std::string& digest) const { return folder_ / key_of(digest); }

  std::vector<fs::path> shelves() const {
    std::vector<fs::path> found;
    std::error_code none;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder_ / "sha256", none))
      if (entry.is_directory()) found.push_back(entry.path());
    return found;
  }

  fs::path folder_;
};

}  // namespace

void add_folder(ArtifactsCatalog& catalog) {
  catalog.add(
      {.name = "folder",
       .help = "files in a folder: DIR, or file:DIR",
       .settings = {},
       .schemes = {"", "file"},
       .open = [](const std::string& uri) -> std::unique_ptr<Artifacts> { return std::make_unique<FolderArtifacts>(path_of(uri)); }});
}

}  // namespace upkeep::artifacts
