#include "log/segment.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "graph/element_types.hpp"

namespace upkeep {

namespace {

std::int64_t row_width(const Tensor& tensor, bool by_row) { return by_row ? tensor.size() / tensor.dim(0) : tensor.size(); }

bool is_by_row(const Tensor& tensor, std::int64_t rows) { return tensor.rank() > 0 && tensor.dim(0) == rows && rows > 0; }

// The input whose first axis counts the rows.
const Tensor* batch_input(const PredictionRecord& record) {
  if (record.signature)
    for (const InputSignature& input : record.signature->inputs)
      if (input.dims && !input.dims->empty() && input.dims->front() < 0)
        if (const auto found = record.inputs.find(input.name); found != record.inputs.end() && found->second.rank() > 0)
          return &found->second;
  for (const auto& [_, tensor] : record.inputs)
    if (tensor.rank() > 0) return &tensor;
  return nullptr;
}

// Of the finite ones among a row's elements.
struct RowStatistics {
  double min = std::numeric_limits<double>::infinity(), max = -min;
  double mean = 0, squares = 0;  // squares: of distances from the mean (Welford, Technometrics 1962)
  std::int64_t count = 0, missing = 0;

  void add(double value) {
    if (!std::isfinite(value)) {
      ++missing;
      return;
    }
    min = std::min(min, value), max = std::max(max, value);
    const double before = value - mean;
    mean += before / static_cast<double>(++count);
    squares += before * (value - mean);
  }
  double of(LogStatistic statistic) const {
    switch (statistic) {
      case LogStatistic::kMin: return min;
      case LogStatistic::kMax: return max;
      case LogStatistic::kMean: return mean;
      default: return std::sqrt(squares / static_cast<double>(count));
    }
  }
};

template <typename T>
void append_bytes(std::vector<std::byte>& bytes, T value) {
  const auto raw = std::as_bytes(std::span(&value, 1));
  bytes.insert(bytes.end(), raw.begin(), raw.end());
}

bool is_logged(DType dtype) { return dtype != DType::kComplex64 && dtype != DType::kComplex128 && dtype != DType::kUndefined; }

}  // namespace

void LogSegment::Column::pad(std::int64_t rows) {
  const auto count = static_cast<std::size_t>(rows);
  if (missing.size() == count) return;
  gaps = true;
  missing.resize(count, 1);
  if (about.dtype == DType::kString) strings.resize(count);
  else bytes.resize(count * element_size());
}

Tensor LogSegment::Column::finish(std::int64_t rows) {
  pad(rows);
  if (about.dtype == DType::kString) return Tensor({rows}, std::move(strings));
  const auto kept = std::make_shared<std::vector<std::byte>>(std::move(bytes));
  return Tensor::share(about.dtype, {rows}, kept, kept->data());
}

std::int64_t LogSegment::rows_of(const PredictionRecord& record) {
  const Tensor* batch = batch_input(record);
  if (!batch) return 1;
  if (batch->size() > 0) return batch->dim(0);
  return record.error.empty() ? 0 : 1;
}

void LogSegment::convert(PredictionRecord& record) {
  for (Tensors* tensors : {&record.inputs, &record.outputs}) {
    std::erase_if(*tensors, [](const auto& named) { return !is_logged(named.second.dtype()) || named.second.size() == 0; });
    for (auto& [_, tensor] : *tensors)
      if (const DType dtype = logged_type(tensor.dtype()); dtype != tensor.dtype()) tensor = tensor.cast(dtype);
  }
}

bool LogSegment::fits(const PredictionRecord& record) const {
  if (rows_ == 0) return true;
  if (signature_ != record.signature && !(signature_ && record.signature && *signature_ == *record.signature)) return false;
  for (const auto& [is_input, tensors] : {std::pair(true, &record.inputs), std::pair(false, &record.outputs)})
    for (const auto& [name, tensor] : *tensors)
      if (const auto known = tensors_.find(Key(is_input, name));
          known != tensors_.end() && known->second.dtype != logged_type(tensor.dtype()))
        return false;
  return true;
}

std::size_t LogSegment::add_column(LogColumn about) {
  columns_.push_back({.about = std::move(about), .bytes = {}, .strings = {}, .missing = {}});
  return columns_.size() - 1;
}

void LogSegment::take_signature(const PredictionRecord& record) {
  signature_ = record.signature;
  model_ = record.model;
  first_time_ = record.time;
  if (!signature_) return;
  const auto types = [&](const auto& parts, bool is_input) {
    for (const auto& part : parts) tensors_[Key(is_input, part.name)].dtype = logged_type(part.dtype);
  };
  types(signature_->inputs, true);
  types(signature_->outputs, false);
  for (LogColumn& column : log_columns(*signature_)) {
    TensorColumns& of = tensors_[Key(column.is_input, column.tensor)];
    (column.statistic == LogStatistic::kNone ? of.elements : of.statistics).push_back(columns_.size());
    add_column(std::move(column));
  }
}

// Columns for as many elements as come, beyond those that the signature names.
LogSegment::TensorColumns& LogSegment::columns_of(const Key& key, DType dtype, std::int64_t width) {
  TensorColumns& columns = tensors_[key];
  columns.dtype = dtype;
  const bool wide = width > kWidestLoggedTensor;
  std::vector<std::size_t>& places = wide ? columns.statistics : columns.elements;
  const std::size_t needed = !wide ? static_cast<std::size_t>(width) : places.empty() && dtype != DType::kString ? 5 : places.size();
  if (places.size() >= needed) return columns;
  std::vector<LogColumn> all = log_columns(key.first, key.second, dtype, width);
  for (std::size_t i = places.size(); i < needed; ++i) places.push_back(add_column(std::move(all[i])));
  return columns;
}

void LogSegment::add_elements(const Tensor& tensor, const TensorColumns& columns, std::int64_t width, bool by_row, std::int64_t begin,
                              std::int64_t end) {
  for (std::int64_t element = 0; element < width; ++element) {
    Column& column = columns_[columns.elements[static_cast<std::size_t>(element)]];
    column.pad(rows_);
    column.missing.resize(static_cast<std::size_t>(rows_ + end - begin), 0);
    const auto at = [&](std::int64_t row) { return static_cast<std::size_t>((by_row ? row * width : 0) + element); };
    if (tensor.dtype() == DType::kString) {
      for (std::int64_t row = begin; row < end; ++row) {
        column.strings.push_back(tensor.strings()[at(row)]);
        bytes_ += column.strings.back().size() + sizeof(std::string);
      }
      continue;
    }
    const std::size_t size = column.element_size(), filled = column.bytes.size();
    column.bytes.resize(filled + static_cast<std::size_t>(end - begin) * size);
    std::byte* to = column.bytes.data() + filled;
    const std::byte* from = tensor.bytes().data();
    for (std::int64_t row = begin; row < end; ++row, to += size) std::memcpy(to, from + at(row) * size, size);
    bytes_ += static_cast<std::size_t>(end - begin) * (size + 1);
  }
}

void LogSegment::add_statistics(const Tensor& tensor, const TensorColumns& columns, std::int64_t width, bool by_row, std::int64_t begin,
                                std::int64_t end) {
  for (std::int64_t row = begin; row < end; ++row) {
    const Tensor values = (by_row ? tensor.rows(row, row + 1) : tensor).cast(DType::kFloat64);
    RowStatistics statistics;
    for (const double value : values.data<double>().first(static_cast<std::size_t>(width))) statistics.add(value);
    for (const std::size_t place : columns.statistics) {
      Column& column = columns_[place];
      column.pad(rows_ + row - begin);
      const bool counts = column.about.statistic == LogStatistic::kMissing;
      if (counts) append_bytes(column.bytes, statistics.missing);
      else append_bytes(column.bytes, statistics.count > 0 ? statistics.of(column.about.statistic) : 0.0);
      column.missing.push_back(!counts && statistics.count == 0);
      column.gaps |= column.missing.back() != 0;
      bytes_ += sizeof(double) + 1;
    }
  }
}

void LogSegment::add_tensors(const Tensors& tensors, bool is_input, std::int64_t record_rows, std::int64_t begin, std::int64_t end) {
  for (const auto& [name, tensor] : tensors) {
    const bool by_row = is_by_row(tensor, record_rows);
    const std::int64_t width = row_width(tensor, by_row);
    const TensorColumns& columns = columns_of(Key(is_input, name), tensor.dtype(), width);
    if (width <= kWidestLoggedTensor) add_elements(tensor, columns, width, by_row, begin, end);
    else if (!columns.statistics.empty()) add_statistics(tensor, columns, width, by_row, begin, end);
  }
}

void LogSegment::add(const PredictionRecord& record, std::int64_t begin, std::int64_t end) {
  if (rows_ == 0) take_signature(record);
  const std::int64_t record_rows = rows_of(record);
  for (std::int64_t row = begin; row < end; ++row) {
    ids_.push_back(record.request_id);
    row_numbers_.push_back(static_cast<std::int32_t>(row));
    times_.push_back(record.time.time_since_epoch().count());
    latencies_.push_back(record.latency_us);
    errors_.push_back(record.error);
  }
  bytes_ += static_cast<std::size_t>(end - begin) * (2 * sizeof(std::string) + record.request_id.size() + record.error.size() + 20);
  add_tensors(record.inputs, true, record_rows, begin, end);
  add_tensors(record.outputs, false, record_rows, begin, end);
  rows_ += end - begin;
}

SegmentTable LogSegment::finish() {
  const Shape shape{rows_};
  SegmentTable made;
  made.table.add("request_id", Tensor(shape, std::move(ids_)));
  made.table.add("row", Tensor(shape, std::move(row_numbers_)));
  made.table.add("time", Tensor(shape, std::move(times_)));
  made.table.set_time("time");
  made.table.add("model", Tensor(shape, std::vector<std::string>(static_cast<std::size_t>(rows_), model_)));
  made.table.add("latency_us", Tensor(shape, std::move(latencies_)));
  made.table.add("error", Tensor(shape, std::move(errors_)));
  for (Column& column : columns_) {
    made.table.add(column.about.name, column.finish(rows_));
    if (column.gaps) made.missing.emplace(column.about.name, std::move(column.missing));
  }
  *this = {};
  return made;
}

}  // namespace upkeep
