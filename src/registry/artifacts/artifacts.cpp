#include "registry/artifacts/artifacts.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "base/sha256.hpp"
#include "registry/address.hpp"

namespace upkeep::artifacts {

bool is_digest(std::string_view text) {
  return text.size() == 64 && std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::string key_of(const std::string& digest) { return upkeep::format("sha256/{}/{}", digest.substr(0, 2), digest); }

void expect_digest(std::string_view bytes, const std::string& digest, const std::string& where) {
  const std::string found = sha256(bytes);
  if (found != digest)
    throw Error(ErrorCode::kCorrupt, upkeep::format("artefact \"{}\" is damaged: its bytes have SHA-256 {}", where, found),
                "publish the same model again to repair it, or restore the file from a backup");
}

std::unique_ptr<Artifacts> open(const std::string& uri) {
  const std::string scheme = scheme_of(uri);
  std::vector<std::string> known;
  for (const ArtifactsEntry& entry : catalog()) {
    if (std::ranges::contains(entry.schemes, scheme)) return entry.open(uri);
    for (const std::string& one : entry.schemes)
      if (!one.empty()) known.push_back(one);
  }
  throw unknown_name("kind of artefacts", scheme, known);
}

}  // namespace upkeep::artifacts
