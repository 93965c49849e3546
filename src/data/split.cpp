// Which rows train and which are held out.

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "base/format.hpp"
#include "base/random.hpp"
#include "data/table.hpp"
#include "upkeep/error.hpp"

namespace upkeep {

namespace {

std::vector<std::int64_t> count_from(std::int64_t begin, std::int64_t end) {
  std::vector<std::int64_t> rows(static_cast<std::size_t>(end - begin));
  std::iota(rows.begin(), rows.end(), begin);
  return rows;
}

// The same double arithmetic as Keras's, so that the same row is the first one held out.
std::int64_t first_held_out(std::int64_t rows, double fraction) {
  if (!(fraction >= 0 && fraction < 1))
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("{} of the rows cannot be held out", fraction), "a fraction in [0, 1)");
  const auto first = static_cast<std::int64_t>(std::floor(static_cast<double>(rows) * (1.0 - fraction)));
  if (fraction > 0 && (first == 0 || first == rows))
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("holding out {} of {} rows leaves {} to train on", fraction, rows, first),
                "both parts need at least one row");
  return first;
}

// Of how many rows of each class are held out, `total` in all: the same share of each, what is left over to those that are nearest to one
// row more. The last row of a class is taken only when there is no other.
std::vector<std::int64_t> shares(const std::vector<std::int64_t>& sizes, std::int64_t total) {
  const double share = static_cast<double>(total) / static_cast<double>(std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0}));
  std::vector<std::int64_t> taken;
  std::vector<std::size_t> order;
  std::int64_t left = total;
  for (const std::int64_t size : sizes) {
    taken.push_back(std::min(static_cast<std::int64_t>(share * static_cast<double>(size)), size - 1));
    left -= taken.back();
    order.push_back(order.size());
  }
  const auto missing = [&](std::size_t i) { return share * static_cast<double>(sizes[i]) - static_cast<double>(taken[i]); };
  std::ranges::stable_sort(order, std::greater{}, missing);
  for (const std::int64_t kept : {1, 0})
    for (bool gave = true; left > 0 && gave;) {
      gave = false;
      for (const std::size_t i : order) {
        if (left == 0 || sizes[i] - taken[i] <= kept) continue;
        ++taken[i];
        --left;
        gave = true;
      }
    }
  return taken;
}

}  // namespace

Split split_tail(std::int64_t rows, double fraction) {
  const std::int64_t first = first_held_out(rows, fraction);
  return {.first = count_from(0, first), .second = count_from(first, rows)};
}

Split split_random(std::int64_t rows, double fraction, std::uint64_t seed) {
  const std::int64_t first = first_held_out(rows, fraction);
  const std::vector<std::int64_t> order = Random(seed, stream_id("split")).permutation(rows);
  Split split{.first = {order.begin(), order.begin() + first}, .second = {order.begin() + first, order.end()}};
  std::ranges::sort(split.first);
  std::ranges::sort(split.second);
  return split;
}

Split split_stratified(std::span<const std::int64_t> classes, double fraction, std::uint64_t seed) {
  const std::int64_t first = first_held_out(std::ssize(classes), fraction);
  std::map<std::int64_t, std::vector<std::int64_t>> rows_of;
  for (std::size_t row = 0; row < classes.size(); ++row) rows_of[classes[row]].push_back(static_cast<std::int64_t>(row));
  std::vector<std::int64_t> sizes;
  for (const auto& [one, rows] : rows_of) sizes.push_back(std::ssize(rows));
  const std::vector<std::int64_t> held = shares(sizes, std::ssize(classes) - first);
  Split split;
  std::uint32_t index = 0;
  for (const auto& [one, rows] : rows_of) {
    const std::vector<std::int64_t> order = Random(seed, stream_id("split"), index).permutation(std::ssize(rows));
    for (std::size_t i = 0; i < order.size(); ++i)
      (static_cast<std::int64_t>(i) < held[index] ? split.second : split.first).push_back(rows[static_cast<std::size_t>(order[i])]);
    ++index;
  }
  std::ranges::sort(split.first);
  std::ranges::sort(split.second);
  return split;
}

}  // namespace upkeep
