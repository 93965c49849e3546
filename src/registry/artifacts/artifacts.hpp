// Artefacts by content: everything that a registry keeps beside its rows, under sha256/AA/DIGEST, where DIGEST is the SHA-256 of the bytes
// and AA its first two digits. What has a name is whole and durable, and is compared with its name whenever it is read.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/catalog.hpp"

namespace upkeep::artifacts {

class Artifacts {
 public:
  virtual ~Artifacts() = default;
  // Returns the digest. Content that is there and whole is not written again; damaged content is replaced by the right bytes.
  virtual std::string put(std::string_view bytes) const = 0;
  // The bytes. Throws Error{kNotFound}, or {kCorrupt} when they do not have this digest any more.
  virtual std::string get(const std::string& digest) const = 0;
  virtual bool has(const std::string& digest) const = 0;
  // "" when whole, else what is wrong.
  virtual std::string problem(const std::string& digest) const = 0;
  // Where this machine has it as a file; nullopt: it has to be got.
  virtual std::optional<std::filesystem::path> file(const std::string& digest) const = 0;
  virtual bool remove(const std::string& digest) const = 0;  // false: it was not there
  // Removes what nobody refers to and is older than `age`, and what killed writers left. Returns how many artefacts went.
  virtual std::size_t sweep(const std::set<std::string>& referred, std::chrono::seconds age) const = 0;
  virtual bool is_near() const = 0;         // looking through all of it costs little
  virtual std::string address() const = 0;  // that opens them from anywhere on this machine, without secrets
};

bool is_digest(std::string_view text);  // 64 hexadecimal digits in lower case
// "sha256/AA/DIGEST"
std::string key_of(const std::string& digest);
// Throws Error{kCorrupt} unless the bytes have this digest.
void expect_digest(std::string_view bytes, const std::string& digest, const std::string& where);

struct ArtifactsEntry {
  std::string name;
  std::string help;
  Settings settings;
  std::vector<std::string> schemes;  // "" stands for plain paths
  std::function<std::unique_ptr<Artifacts>(const std::string& uri)> open;
};
using ArtifactsCatalog = Catalog<ArtifactsEntry>;
const ArtifactsCatalog& catalog();

std::unique_ptr<Artifacts> open(const std::string& uri);

}  // namespace upkeep::artifacts
