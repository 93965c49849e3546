#include "optimize/rewrites/shared/regrouping.hpp"

#include <algorithm>

namespace upkeep::rewrites {

namespace {

// Axes [from_begin, from_end) of the one shape are axes [to_begin, to_end) of the other.
struct Group {
  std::size_t from_begin, from_end, to_begin, to_end;
};

bool is_same_symbol(const Dim& a, const Dim& b) { return !a.known() && !a.symbol.empty() && a == b; }

// The shortest groups of equal size, from the front.
std::optional<std::vector<Group>> groups_of(const Dims& from, const Dims& to) {
  std::vector<Group> groups;
  std::size_t i = 0, j = 0;
  while (i < from.size() && j < to.size()) {
    Group group{i, i + 1, j, j + 1};
    std::int64_t left = from[i++].value, right = to[j++].value;
    if (!is_same_symbol(from[group.from_begin], to[group.to_begin])) {
      while (left > 0 && right > 0 && left != right) {
        if (left < right ? i == from.size() : j == to.size()) return std::nullopt;
        if (left < right) left *= from[i++].value;
        else right *= to[j++].value;
      }
      if (left <= 0 || right <= 0) return std::nullopt;
    }
    group.from_end = i;
    group.to_end = j;
    groups.push_back(group);
  }
  if (i != from.size() || j != to.size()) return std::nullopt;  // axes of one element at the end
  return groups;
}

}  // namespace

std::optional<Regrouping> regroup(const Dims& from, const Dims& to, const Permutation& permutation) {
  auto groups = groups_of(from, to);
  if (!groups) return std::nullopt;
  for (const Group& group : *groups)
    for (std::size_t i = group.from_begin + 1; i < group.from_end; ++i)
      if (permutation[i] != permutation[i - 1] + 1) return std::nullopt;
  std::ranges::sort(*groups, {}, [&](const Group& group) { return permutation[group.from_begin]; });
  Regrouping made{.target = {}, .permutation = Permutation(to.size())};
  const Permutation places = inverse(permutation);  // of the source's axes in `from`
  for (const Group& group : *groups)
    for (std::size_t j = group.to_begin; j < group.to_end; ++j) {
      const std::size_t place = made.target.size();
      const bool stays = place < places.size() && is_same_symbol(to[j], from[static_cast<std::size_t>(places[place])]);
      made.permutation[j] = static_cast<std::int64_t>(place);
      made.target.push_back(to[j].known() ? to[j].value : stays ? 0 : -1);
    }
  return std::ranges::count(made.target, -1) > 1 ? std::nullopt : std::optional(made);
}

}  // namespace upkeep::rewrites
