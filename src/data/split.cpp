// Which rows train and which are held out.

#include <algorithm>
#include <cmath>
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

}  // namespace upkeep
