// Settings that several structs have from a common base.
#pragma once

#include <string>
#include <utility>

#include "base/settings.hpp"

namespace upkeep {

// A field of struct T, by a member of its base. Its default is T's, which may be another than the base's.
template <typename T, typename Base, typename M, typename... Extras>
Field inherited(std::string name, M Base::* member, std::string help, const Extras&... extras) {
  return field<T, M>(std::move(name), static_cast<M T::*>(member), std::move(help), extras...);
}

}  // namespace upkeep
