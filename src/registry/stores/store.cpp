#include "registry/stores/store.hpp"

#include <algorithm>

#include "registry/address.hpp"

namespace upkeep::stores {

const StoreEntry& store_of(const std::string& uri) {
  const std::string scheme = scheme_of(uri);
  std::vector<std::string> known;
  for (const StoreEntry& entry : catalog()) {
    if (std::ranges::contains(entry.schemes, scheme)) return entry;
    for (const std::string& one : entry.schemes)
      if (!one.empty()) known.push_back(one);
  }
  throw unknown_name("kind of registry", scheme, known);
}

}  // namespace upkeep::stores
