// Which versions of a model answer: a function of what the registry holds, so that it is the same before and after a restart.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace upkeep::serve {

struct VersionPolicy {
  std::vector<std::string> aliases = {"production"};  // versions that these point at; the first one that a model has answers by default
  int latest = 0;                                     // and so many of the newest ones
  bool all = false;                                   // and all the others
};

// "alias", "latest:2", "all"; throws Error{kInvalidArgument} with what is possible.
VersionPolicy version_policy(std::vector<std::string> aliases, std::string_view versions);

struct WantedVersions {
  std::set<std::int64_t> versions;              // empty: the model is not served
  std::int64_t current = 0;                     // answers requests that name no version
  std::map<std::string, std::int64_t> aliases;  // of the policy, that the model has
};

// `versions` are the numbers there are, in any order; `aliases` those of the model.
WantedVersions wanted_versions(const VersionPolicy& policy, const std::vector<std::int64_t>& versions,
                               const std::map<std::string, std::int64_t>& aliases);

}  // namespace upkeep::serve
