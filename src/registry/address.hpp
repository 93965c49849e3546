// Where a registry is: its rows and its artefacts, each by URI.
#pragma once

#include <filesystem>
#include <string>

namespace upkeep {

struct RegistryAddress {
  RegistryAddress() = default;
  RegistryAddress(std::string rows, std::string files = {}) : registry(std::move(rows)), artifacts(std::move(files)) {}
  RegistryAddress(const char* rows) : registry(rows) {}
  RegistryAddress(const std::filesystem::path& rows) : registry(rows.string()) {}

  // A folder, sqlite:FILE, or postgresql://USER@HOST/DATABASE.
  std::string registry = "registry";
  // A folder, file:FOLDER, or s3://BUCKET/PREFIX; empty: what the registry was made with, else blobs/ beside SQLite's file.
  std::string artifacts;

  bool operator==(const RegistryAddress&) const = default;
  std::string text() const;                                           // for messages: without passwords
  RegistryAddress beside(const std::filesystem::path& folder) const;  // relative paths count from there
};

// "postgresql" of "postgresql://host/database"; empty of a path.
std::string scheme_of(const std::string& uri);
// The same text, with *** for a password or a secret key.
std::string without_secrets(const std::string& uri);
// The file that a plain path, file:PATH, file:///PATH or sqlite:PATH means.
std::filesystem::path path_of(const std::string& uri);

}  // namespace upkeep
