#include "data/windows.hpp"

#include <algorithm>
#include <map>
#include <numeric>

#include "base/format.hpp"
#include "data/rows.hpp"
#include "upkeep/error.hpp"

namespace upkeep {

namespace {

struct Window {
  std::vector<std::int64_t> rows;  // of the data, in order
  std::int64_t target = 0;         // row
  double place = 0;                // in its series: 0 the first window, 1 the last
  Span span = {};
};

// Rows of each series, in order; series in the order of their first rows.
std::vector<std::vector<std::int64_t>> series_rows(std::int64_t rows, const std::vector<std::string>& groups) {
  std::vector<std::vector<std::int64_t>> all;
  if (groups.empty()) {
    all.emplace_back(static_cast<std::size_t>(rows));
    std::iota(all[0].begin(), all[0].end(), 0);
    return all;
  }
  std::map<std::string, std::size_t> index;
  for (std::int64_t row = 0; row < rows; ++row) {
    const auto [found, is_new] = index.emplace(groups[static_cast<std::size_t>(row)], all.size());
    if (is_new) all.emplace_back();
    all[found->second].push_back(row);
  }
  return all;
}

struct Steps {  // of one series
  std::int64_t number = 0;
  const std::vector<std::int64_t>& rows;
};

void add_windows(std::vector<Window>& windows, const Steps& steps, const Series& series, std::int64_t behind) {
  const std::vector<std::int64_t>& rows = steps.rows;
  const std::int64_t count = (std::ssize(rows) - series.window - behind) / series.stride + 1;
  if (std::ssize(rows) < series.window + behind) return;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto begin = rows.begin() + i * series.stride;
    windows.push_back({.rows = {begin, begin + series.window},
                       .target = *(begin + series.window - 1 + behind),
                       .place = count == 1 ? 1 : static_cast<double>(i) / static_cast<double>(count - 1),
                       .span = {steps.number, i * series.stride, i * series.stride + series.window - 1 + behind}});
  }
}

Tensor in_windows(const Tensor& values, const std::vector<std::int64_t>& rows, std::int64_t window) {
  Shape shape = values.shape();
  shape[0] = std::ssize(rows) / window;
  shape.insert(shape.begin() + 1, window);
  return take_rows(values, rows).reshaped(shape);
}

}  // namespace

Dataset windows_of(const Dataset& data, const Series& series, const std::vector<std::string>& groups) {
  const bool targets = !data.output_targets.empty() || data.targets.size() > 0;
  const std::int64_t rows = data.rows(), behind = targets ? series.horizon : 0;
  std::vector<Window> windows;
  const std::vector<std::vector<std::int64_t>> all = series_rows(rows, groups);
  for (const auto& one : all) add_windows(windows, {&one - all.data(), one}, series, behind);
  if (windows.empty())
    throw Error(ErrorCode::kInvalidArgument,
                upkeep::format("no series is long enough: a window of {} rows and {} behind it, of {} rows", series.window, behind, rows),
                "give a smaller window");
  if (targets) std::ranges::stable_sort(windows, {}, &Window::place);
  std::vector<std::int64_t> inside, last, target;
  for (const Window& window : windows) {
    inside.insert(inside.end(), window.rows.begin(), window.rows.end());
    last.push_back(data.row_number(window.rows.back()) - 1);
    target.push_back(window.target);
  }
  Dataset made = data;
  made.spans.clear();
  for (const Window& window : windows) made.spans.push_back(window.span);
  for (auto& [name, values] : made.inputs)
    if (values.rank() > 0) values = in_windows(values, inside, series.window);
  if (data.output_targets.empty())
    made.targets = targets ? take_rows(data.targets, target) : Tensor({std::ssize(windows), 0}, std::vector<float>{});
  for (auto& [name, values] : made.output_targets) values = take_rows(values, target);
  if (data.sample_weights.size() > 0) made.sample_weights = take_rows(data.sample_weights, target);
  made.table_rows = std::move(last);
  made.ordered = true;
  return made;
}

}  // namespace upkeep
