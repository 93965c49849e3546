#include "explain/value_text.hpp"

#include <cmath>
#include <limits>

#include "analyze/report.hpp"
#include "base/format.hpp"

namespace upkeep::explain {

namespace {

std::size_t place_of(const Tensor& values, std::int64_t row, std::int64_t element) {
  return static_cast<std::size_t>(row * (values.size() / values.dim(0)) + element);
}

double number_at(const Tensor& row, std::int64_t element) {
  return row.cast(DType::kFloat64).data<double>()[static_cast<std::size_t>(element)];
}

double mean_of(const Tensors& rows, std::int64_t row, const ExplainedFeature& feature) {
  double sum = 0;
  double count = 0;
  for (const InputElements& part : feature.parts) {
    const Tensor one = rows.at(part.input).rows(row, row + 1);
    if (one.dtype() == DType::kString) return std::numeric_limits<double>::quiet_NaN();
    const Tensor numbers = one.cast(DType::kFloat64);
    for (const std::int64_t element : part.elements) sum += numbers.data<double>()[static_cast<std::size_t>(element)];
    count += static_cast<double>(part.elements.size());
  }
  return sum / count;
}

}  // namespace

double value_number(const Tensors& rows, std::int64_t row, const ExplainedFeature& feature) { return mean_of(rows, row, feature); }

Json value_json(const Tensors& rows, std::int64_t row, const ExplainedFeature& feature) {
  if (!feature.scalar()) return nullptr;
  const Tensor& values = rows.at(feature.parts[0].input);
  const std::int64_t element = feature.parts[0].elements[0];
  if (values.dtype() == DType::kString) return values.strings()[place_of(values, row, element)];
  const double number = number_at(values.rows(row, row + 1), element);
  if (feature.integer) return static_cast<std::int64_t>(number);
  // A float32 as its shortest decimal, not as the double that it widens to.
  if (values.dtype() == DType::kFloat32)
    return parse_json(std::isfinite(number) ? upkeep::format("{}", static_cast<float>(number)) : "null");
  return report::finite_or_null(number);
}

std::string value_text(const Tensors& rows, std::int64_t row, const ExplainedFeature& feature) {
  if (feature.scalar()) {
    const Json value = value_json(rows, row, feature);
    if (value.is_null()) return "missing";
    return value.is_string() ? value.get<std::string>() : value.is_number_integer() ? value.dump() : report::number(value.get<double>());
  }
  std::int64_t count = 0;
  for (const InputElements& part : feature.parts) count += std::ssize(part.elements);
  const double mean = mean_of(rows, row, feature);
  return std::isnan(mean) ? upkeep::format("{} texts", count) : upkeep::format("{} values, mean {}", count, report::number(mean));
}

std::string signed_number(double value) { return (value > 0 ? "+" : "") + report::number(value); }

}  // namespace upkeep::explain
