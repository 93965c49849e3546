#include "explain/row_numbers.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "data/elements.hpp"

namespace upkeep::explain {

std::vector<double> element_numbers(const Tensor& rows, std::int64_t element) {
  const auto count = static_cast<std::size_t>(rows.dim(0));
  const std::size_t width = count == 0 ? 0 : static_cast<std::size_t>(rows.size()) / count, at = static_cast<std::size_t>(element);
  std::vector<double> made(count);
  if (rows.dtype() == DType::kString) {
    std::map<std::string, double> codes;
    for (std::size_t i = 0; i < count; ++i)
      made[i] = codes.try_emplace(rows.strings()[i * width + at], static_cast<double>(codes.size())).first->second;
    return made;
  }
  const Tensor numbers = rows.dtype() == DType::kFloat64 ? rows : rows.cast(DType::kFloat64);
  const std::span<const double> values = numbers.data<double>();
  for (std::size_t i = 0; i < count; ++i) made[i] = values[i * width + at];
  return made;
}

namespace {

// Mean 0 and standard deviation 1; nothing where the values do not vary.
std::vector<float> standardised(std::span<const double> values, std::size_t stride, std::size_t at) {
  double sum = 0, squares = 0, count = 0;
  for (std::size_t i = at; i < values.size(); i += stride) {
    if (!std::isfinite(values[i])) continue;
    sum += values[i];
    ++count;
  }
  const double mean = count > 0 ? sum / count : 0;
  for (std::size_t i = at; i < values.size(); i += stride)
    if (std::isfinite(values[i])) squares += (values[i] - mean) * (values[i] - mean);
  if (!(squares > 0)) return {};
  const double scale = std::sqrt(count / squares);
  std::vector<float> made;
  for (std::size_t i = at; i < values.size(); i += stride)
    made.push_back(std::isfinite(values[i]) ? static_cast<float>((values[i] - mean) * scale) : 0.0f);
  return made;
}

bool compared(const ExplainedFeature& feature) {
  return feature.kind == FeatureKind::kNumber || feature.kind == FeatureKind::kBoolean || !feature.scalar();
}

}  // namespace

RowNumbers row_numbers(const Tensors& rows, const std::vector<ExplainedFeature>& features) {
  RowNumbers made;
  std::map<std::string, Tensor> numbers;  // by input, float64
  for (const auto& [name, values] : rows) {
    if (values.rank() == 0) continue;
    made.rows = static_cast<std::size_t>(values.dim(0));
    if (is_number_type(values.dtype())) numbers.emplace(name, values.cast(DType::kFloat64));
  }
  std::vector<std::vector<float>> columns;
  for (std::size_t f = 0; f < features.size(); ++f) {
    if (!compared(features[f])) continue;
    for (const InputElements& part : features[f].parts) {
      const auto found = numbers.find(part.input);
      if (found == numbers.end() || made.rows == 0) continue;
      const std::size_t width = static_cast<std::size_t>(found->second.size()) / made.rows;
      for (const std::int64_t element : part.elements) {
        std::vector<float> column = standardised(found->second.data<double>(), width, static_cast<std::size_t>(element));
        if (column.empty()) continue;
        columns.push_back(std::move(column));
        made.features.push_back(f);
      }
    }
  }
  made.width = columns.size();
  made.values.resize(made.rows * made.width);
  for (std::size_t c = 0; c < columns.size(); ++c)
    for (std::size_t r = 0; r < made.rows; ++r) made.values[r * made.width + c] = columns[c][r];
  return made;
}

std::vector<double> ranks(const std::vector<double>& values) {
  std::vector<double> sorted = values;
  std::erase_if(sorted, [](double value) { return std::isnan(value); });
  std::ranges::sort(sorted);
  std::vector<double> made = values;
  for (double& value : made) {
    if (std::isnan(value)) continue;
    const auto [first, last] = std::ranges::equal_range(sorted, value);
    value = (static_cast<double>(first - sorted.begin()) + static_cast<double>(last - sorted.begin()) - 1) / 2;
  }
  return made;
}

}  // namespace upkeep::explain
