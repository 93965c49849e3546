#include "registry/address.hpp"

#include <algorithm>

#include "base/format.hpp"

namespace upkeep {

// Not a path with a colon in it: a scheme has letters only, two at least, and no such folder is there.
std::string scheme_of(const std::string& uri) {
  const std::size_t colon = uri.find(':');
  if (colon == std::string::npos || colon < 2) return {};
  const std::string scheme = uri.substr(0, colon);
  const bool word = std::ranges::all_of(scheme, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
  return word ? scheme : std::string();
}

// USER:PASSWORD@ before the host, and password=... among the parameters.
std::string without_secrets(const std::string& uri) {
  std::string shown = uri;
  const std::size_t begin = shown.find("://");
  if (begin == std::string::npos) return shown;
  const std::size_t host = begin + 3, end = std::min(shown.find_first_of("/?", host), shown.size()), at = shown.rfind('@', end);
  const std::size_t colon = shown.find(':', host);
  if (at != std::string::npos && at >= host && colon < at) shown.replace(colon + 1, at - colon - 1, "***");
  for (const std::string_view name : {"password=", "sslpassword=", "secret_key="}) {
    const std::size_t found = shown.find(name);
    if (found == std::string::npos || (shown[found - 1] != '?' && shown[found - 1] != '&')) continue;
    const std::size_t value = found + name.size();
    shown.replace(value, std::min(shown.find('&', value), shown.size()) - value, "***");
  }
  return shown;
}

std::filesystem::path path_of(const std::string& uri) {
  const std::string scheme = scheme_of(uri);
  std::string path = scheme.empty() ? uri : uri.substr(scheme.size() + 1);
  if (!scheme.empty() && path.starts_with("//")) path = path.substr(std::min(path.find('/', 2), path.size()));  // no other host
  return path;
}

std::string RegistryAddress::text() const {
  const std::string rows = without_secrets(registry);
  return artifacts.empty() ? rows : upkeep::format("{} with artefacts in {}", rows, without_secrets(artifacts));
}

static std::string placed(const std::string& uri, const std::filesystem::path& folder) {
  return uri.empty() || !scheme_of(uri).empty() ? uri : (folder / uri).string();  // an absolute path stays as it is
}

RegistryAddress RegistryAddress::beside(const std::filesystem::path& folder) const {
  return {placed(registry, folder), placed(artifacts, folder)};
}

}  // namespace upkeep
