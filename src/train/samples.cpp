#include "train/samples.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "train/columns.hpp"

namespace upkeep {

namespace {

// By their names where they are classes.
Tensor target_column(const Dataset& data, std::int64_t place) {
  const std::int64_t rows = data.targets.dim(0), width = data.targets.size() / std::max<std::int64_t>(1, rows);
  const Tensor wide = data.targets.cast(DType::kFloat64);
  const auto all = wide.data<double>();
  std::vector<double> numbers;
  std::vector<std::string> names;
  for (std::int64_t row = 0; row < rows; ++row) {
    const double value = all[static_cast<std::size_t>(row * width + place)];
    if (data.class_names.empty()) numbers.push_back(value);
    else names.push_back(data.class_names[static_cast<std::size_t>(value)]);
  }
  return data.class_names.empty() ? Tensor({rows}, std::move(numbers)) : Tensor({rows}, std::move(names));
}

}  // namespace

Table samples_of(const Model& model, const Table& table) {
  if (table.series().window == 0) return table;
  const std::vector<std::string> targets = own_targets(model);
  const bool judged = !targets.empty() && std::ranges::all_of(targets, [&](const std::string& target) { return table.has(target); });
  const Dataset data = dataset_for(model, table, {.no_targets = !judged});
  Table samples;
  for (const auto& [input, values] : data.inputs) {
    if (judged && std::ranges::contains(data.target_names, input))
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("the model's input and its target are both called \"{}\"", input),
                  "call the column of the target something else");
    samples.add(input, values);
  }
  if (judged)
    for (std::size_t i = 0; i < data.target_names.size(); ++i)
      samples.add(data.target_names[i], target_column(data, static_cast<std::int64_t>(i)));
  return samples;
}

}  // namespace upkeep
