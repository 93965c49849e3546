#include "log/prediction_segment.hpp"

#include <algorithm>
#include <limits>

#include "base/format.hpp"

namespace upkeep::logs {

// What a column of the log holds for an element of a tensor.
static DType logged_type(DType dtype) {
  switch (dtype) {
    case DType::kFloat32:
    case DType::kFloat16:
    case DType::kBFloat16: return DType::kFloat32;
    case DType::kFloat64: return DType::kFloat64;
    case DType::kString: return DType::kString;
    default: return DType::kInt64;
  }
}

// Batches have their rows along the first axis.
static std::int64_t rows_of(const PredictionRecord& record) {
  for (const auto& [_, tensor] : record.inputs)
    if (tensor.rank() > 0) return tensor.dim(0);
  return 1;
}

void PredictionSegment::Column::pad(std::int64_t rows) {
  const auto count = static_cast<std::size_t>(rows);
  switch (dtype) {
    case DType::kFloat32: gaps |= floats.size() < count, floats.resize(count, std::numeric_limits<float>::quiet_NaN()); break;
    case DType::kFloat64: gaps |= doubles.size() < count, doubles.resize(count, std::numeric_limits<double>::quiet_NaN()); break;
    case DType::kString: gaps |= strings.size() < count, strings.resize(count); break;
    default:  // a missing integer is known by its sentinel until the column is finished
      gaps |= integers.size() < count;
      integers.resize(count, std::numeric_limits<std::int64_t>::min());
  }
}

void PredictionSegment::Column::append(const Tensor& values, std::int64_t index) {
  const auto at = static_cast<std::size_t>(index);
  switch (dtype) {
    case DType::kFloat32: floats.push_back(values.floats()[at]); break;
    case DType::kFloat64: doubles.push_back(values.data<double>()[at]); break;
    case DType::kString: strings.push_back(values.strings()[at]); break;
    default: integers.push_back(values.data<std::int64_t>()[at]);
  }
}

Tensor PredictionSegment::Column::finish(std::int64_t rows) {
  pad(rows);
  switch (dtype) {
    case DType::kFloat32: return Tensor({rows}, std::move(floats));
    case DType::kFloat64: return Tensor({rows}, std::move(doubles));
    case DType::kString: return Tensor({rows}, std::move(strings));
    default: break;
  }
  if (!gaps) return Tensor({rows}, std::move(integers));
  for (const std::int64_t value : integers)
    doubles.push_back(value == std::numeric_limits<std::int64_t>::min() ? std::numeric_limits<double>::quiet_NaN()
                                                                        : static_cast<double>(value));
  return Tensor({rows}, std::move(doubles));
}

bool PredictionSegment::same(const std::vector<Place>& places, const Tensors& tensors, std::int64_t rows) {
  return std::ranges::equal(places, tensors, [&](const Place& place, const auto& named) {
    const Tensor& tensor = named.second;
    const bool by_row = tensor.rank() > 0 && tensor.dim(0) == rows;
    return place.tensor == named.first && place.dtype == tensor.dtype() && place.by_row == by_row &&
           place.width == (by_row && rows > 0 ? tensor.size() / rows : tensor.size());
  });
}

bool PredictionSegment::place(std::string_view prefix, const Tensors& tensors, const PredictionRecord& record, std::vector<Place>& places) {
  for (const auto& [name, tensor] : tensors) {
    const bool by_row = tensor.rank() > 0 && tensor.dim(0) == layout_.rows;
    Place place{.tensor = name,
                .dtype = tensor.dtype(),
                .width = by_row && layout_.rows > 0 ? tensor.size() / layout_.rows : tensor.size(),
                .by_row = by_row};
    place.first_column = columns_.size();
    places.push_back(place);
    if (place.width > kWidestTensor) continue;
    const auto& features = record.feature_names;
    const bool named = prefix == "in" && tensors.size() == 1 && std::cmp_equal(features.size(), place.width);
    for (std::int64_t i = 0; i < place.width; ++i) {
      std::string column =
          named ? upkeep::format("in.{}", features[static_cast<std::size_t>(i)]) : upkeep::format("{}.{}.{}", prefix, name, i);
      const auto [known, fresh] = column_of_.try_emplace(column, columns_.size());
      if (fresh) columns_.push_back({.name = std::move(column), .dtype = logged_type(place.dtype)});
      if (i == 0) places.back().first_column = known->second;
      // The columns of a tensor stand side by side; a record that would scatter them starts a new segment.
      if (known->second != places.back().first_column + static_cast<std::size_t>(i) ||
          columns_[known->second].dtype != logged_type(place.dtype))
        return false;
    }
  }
  return true;
}

bool PredictionSegment::lay_out(const PredictionRecord& record) {
  layout_ = {.version = record.version, .rows = rows_of(record)};
  const std::size_t before = columns_.size();
  if (place("in", record.inputs, record, layout_.inputs) && place("out", record.outputs, record, layout_.outputs)) return true;
  for (; columns_.size() > before; columns_.pop_back()) column_of_.erase(columns_.back().name);
  layout_ = {};
  return false;
}

bool PredictionSegment::fits(const PredictionRecord& record) {
  layout_.rows = rows_of(record);
  const bool known = layout_.version == record.version && same(layout_.inputs, record.inputs, layout_.rows) &&
                     same(layout_.outputs, record.outputs, layout_.rows);
  return known || lay_out(record);
}

void PredictionSegment::append(const Tensors& tensors, const std::vector<Place>& places, std::int64_t row) {
  for (std::size_t i = 0; const auto& [_, tensor] : tensors) {
    const Place& place = places[i++];
    if (place.width > kWidestTensor) continue;
    const std::int64_t begin = place.by_row ? row * place.width : 0;
    for (std::int64_t element = 0; element < place.width; ++element) {
      Column& column = columns_[place.first_column + static_cast<std::size_t>(element)];
      column.pad(rows_);
      column.append(tensor, begin + element);
    }
  }
}

static bool is_logged(const Tensor& tensor, std::int64_t rows) { return tensor.size() <= kWidestTensor * std::max<std::int64_t>(rows, 1); }

// The tensors in the types that the log has.
static void convert(Tensors& tensors, std::int64_t rows) {
  for (auto& [_, tensor] : tensors)
    if (const DType dtype = logged_type(tensor.dtype()); dtype != tensor.dtype() && is_logged(tensor, rows)) tensor = tensor.cast(dtype);
}

void PredictionSegment::add(PredictionRecord record) {
  if (records_++ == 0) first_time_ = record.time;
  convert(record.inputs, layout_.rows);
  convert(record.outputs, layout_.rows);
  for (std::int64_t row = 0; row < layout_.rows; ++row) {
    const bool last = row + 1 == layout_.rows;
    ids_.push_back(last ? std::move(record.request_id) : record.request_id);
    row_numbers_.push_back(static_cast<std::int32_t>(row));
    times_.push_back(record.time.time_since_epoch().count());
    models_.push_back(last ? std::move(record.model) : record.model);
    versions_.push_back(record.version);
    latencies_.push_back(record.latency_us);
    errors_.push_back(last ? std::move(record.error) : record.error);
    append(record.inputs, layout_.inputs, row);
    append(record.outputs, layout_.outputs, row);
    ++rows_;
  }
}

Table PredictionSegment::finish() {
  const Shape shape{rows_};
  Table table;
  table.add("request_id", Tensor(shape, std::move(ids_)));
  table.add("row", Tensor(shape, std::move(row_numbers_)));
  table.add("time", Tensor(shape, std::move(times_)));
  table.add("model", Tensor(shape, std::move(models_)));
  table.add("version", Tensor(shape, std::move(versions_)));
  table.add("latency_us", Tensor(shape, std::move(latencies_)));
  table.add("error", Tensor(shape, std::move(errors_)));
  for (Column& column : columns_) table.add(column.name, column.finish(rows_));
  *this = {};
  return table;
}

}  // namespace upkeep::logs
