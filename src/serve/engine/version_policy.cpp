#include "serve/engine/version_policy.hpp"

#include <algorithm>
#include <charconv>

#include "base/format.hpp"
#include "upkeep/error.hpp"

namespace upkeep::serve {

VersionPolicy version_policy(std::vector<std::string> aliases, std::string_view versions) {
  VersionPolicy policy{.aliases = std::move(aliases)};
  constexpr std::string_view kLatest = "latest:";
  if (versions == "all") {
    policy.all = true;
  } else if (versions.starts_with(kLatest)) {
    const std::string_view count = versions.substr(kLatest.size());
    const auto [end, failure] = std::from_chars(count.data(), count.data() + count.size(), policy.latest);
    if (failure != std::errc() || end != count.data() + count.size() || policy.latest < 1)
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("\"{}\" is not a number of versions", count), "for instance latest:2");
  } else if (versions != "alias") {
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("\"{}\" says nothing of versions", versions),
                "alias: those that an alias points at; latest:2: the two newest as well; all: every version");
  }
  return policy;
}

WantedVersions wanted_versions(const VersionPolicy& policy, const std::vector<std::int64_t>& versions,
                               const std::map<std::string, std::int64_t>& aliases) {
  WantedVersions wanted;
  for (const std::string& name : policy.aliases)
    if (const auto found = aliases.find(name); found != aliases.end()) {
      wanted.aliases.insert(*found);
      wanted.versions.insert(found->second);
      if (wanted.current == 0) wanted.current = found->second;
    }
  std::vector<std::int64_t> newest = versions;
  std::ranges::sort(newest, std::greater());
  const std::size_t count = policy.all ? newest.size() : std::min(newest.size(), static_cast<std::size_t>(policy.latest));
  wanted.versions.insert(newest.begin(), newest.begin() + static_cast<std::ptrdiff_t>(count));
  if (wanted.current == 0 && count > 0) wanted.current = newest.front();
  return wanted;
}

}  // namespace upkeep::serve
