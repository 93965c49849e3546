// Artefacts by content: FOLDER/AA/DIGEST, where DIGEST is the SHA-256 of the file and AA its first two digits.
// A file under its final name is whole and durable: it is written to a temporary file, synced, renamed, and the folders are synced.
// Writers are serialised by the caller (the registry's lock); readers need no lock.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace upkeep {

// Makes the folders that are missing, each made durable by syncing the one that holds it. Throws Error{kIo}.
void make_durable_folder(const std::filesystem::path& folder);

class Blobs {
 public:
  explicit Blobs(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // Returns the digest. Content that is there and whole is not written again; a damaged file is replaced by the right bytes.
  std::string put(std::string_view bytes) const;
  // The bytes. Throws Error{kNotFound}, or {kCorrupt} when they do not have this digest any more.
  std::string get(const std::string& digest) const;
  std::filesystem::path path(const std::string& digest) const;
  // "" when whole, else what is wrong.
  std::string problem(const std::string& digest) const;
  // Removes what killed writers left: temporary files, and whole files that nobody refers to and that are older than a day.
  void sweep(const std::set<std::string>& referred) const;

 private:
  std::vector<std::filesystem::path> shelves() const;
  std::filesystem::path folder_;
};

}  // namespace upkeep
