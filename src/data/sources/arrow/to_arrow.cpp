#include <cmath>
#include <limits>

#include "base/format.hpp"
#include "data/sources/arrow/columns.hpp"

namespace upkeep::sources {

namespace {

// A tensor's bytes as Arrow sees them; keeps the tensor.
class TensorBuffer : public arrow::Buffer {
 public:
  explicit TensorBuffer(Tensor tensor)
      : arrow::Buffer(reinterpret_cast<const std::uint8_t*>(tensor.bytes().data()), static_cast<std::int64_t>(tensor.size_bytes())),
        tensor_(std::move(tensor)) {}

 private:
  Tensor tensor_;
};

std::shared_ptr<arrow::DataType> type_of(DType dtype) {
  switch (dtype) {
    case DType::kFloat16: return arrow::float16();
    case DType::kFloat32: return arrow::float32();
    case DType::kFloat64: return arrow::float64();
    case DType::kInt8: return arrow::int8();
    case DType::kInt16: return arrow::int16();
    case DType::kInt32: return arrow::int32();
    case DType::kInt64: return arrow::int64();
    case DType::kUInt8: return arrow::uint8();
    case DType::kUInt16: return arrow::uint16();
    case DType::kUInt32: return arrow::uint32();
    case DType::kUInt64: return arrow::uint64();
    default:
      throw Error(ErrorCode::kUnsupported, upkeep::format("elements of type {} have no place in this format", to_string(dtype)),
                  "convert them to float32");
  }
}

template <typename T>
std::shared_ptr<arrow::Buffer> validity(const Tensor& values, std::int64_t& nulls) {
  const std::span<const T> cells = values.data<T>();
  nulls = std::ranges::count_if(cells, [](T value) { return std::isnan(value); });
  if (nulls == 0) return nullptr;
  std::shared_ptr<arrow::Buffer> bits = checked(arrow::AllocateEmptyBitmap(values.size()));
  for (std::size_t i = 0; i < cells.size(); ++i)
    if (!std::isnan(cells[i])) bits->mutable_data()[i / 8] |= static_cast<std::uint8_t>(1U << (i % 8));
  return bits;
}

std::shared_ptr<arrow::Array> number_array(const Tensor& values, const ToArrow& how) {
  std::int64_t nulls = 0;
  std::shared_ptr<arrow::Buffer> bits;
  if (how.nan_is_null && values.dtype() == DType::kFloat64) bits = validity<double>(values, nulls);
  if (how.nan_is_null && values.dtype() == DType::kFloat32) bits = validity<float>(values, nulls);
  return arrow::MakeArray(
      arrow::ArrayData::Make(type_of(values.dtype()), values.size(), {bits, std::make_shared<TensorBuffer>(values)}, nulls));
}

template <typename Builder>
std::shared_ptr<arrow::Array> text_array(const std::vector<std::string>& texts) {
  Builder builder;
  check(builder.AppendValues(texts));
  return checked(builder.Finish());
}

std::shared_ptr<arrow::Array> text_array(const std::vector<std::string>& texts) {
  std::size_t bytes = 0;
  for (const std::string& text : texts) bytes += text.size();
  if (bytes > std::numeric_limits<std::int32_t>::max()) return text_array<arrow::LargeStringBuilder>(texts);
  return text_array<arrow::StringBuilder>(texts);
}

std::shared_ptr<arrow::Array> boolean_array(const Tensor& values) {
  arrow::BooleanBuilder builder;
  check(builder.AppendValues(reinterpret_cast<const std::uint8_t*>(values.bytes().data()), values.size()));
  return checked(builder.Finish());
}

std::shared_ptr<arrow::Array> flat_array(const Tensor& values, const ToArrow& how) {
  if (values.dtype() == DType::kString) return text_array(values.strings());
  if (values.dtype() == DType::kBool) return boolean_array(values);
  if (values.dtype() == DType::kBFloat16) return number_array(values.cast(DType::kFloat32), how);
  if (values.dtype() == DType::kFloat16 && how.nan_is_null) return number_array(values.cast(DType::kFloat32), how);
  return number_array(values, how);
}

std::shared_ptr<arrow::Array> column_array(const Tensor& values, const ToArrow& how) {
  if (how.flat && values.rank() != 1)
    throw Error(ErrorCode::kUnsupported, upkeep::format("this format holds one value in a row, not {}", to_string(values.shape())),
                "save as .parquet or .npz");
  std::shared_ptr<arrow::Array> array = flat_array(values, how);
  std::int64_t rows = values.size();
  for (std::size_t axis = values.rank() - 1; axis > 0; --axis) {
    const std::int64_t width = values.dim(axis);
    if (width == 0 || width > std::numeric_limits<std::int32_t>::max())
      throw Error(ErrorCode::kUnsupported, upkeep::format("lists of {} have no place in this format", width));
    rows /= width;
    array =
        std::make_shared<arrow::FixedSizeListArray>(arrow::fixed_size_list(array->type(), static_cast<std::int32_t>(width)), rows, array);
  }
  return array;
}

// The same cells, some of them without a value.
std::shared_ptr<arrow::Array> with_gaps(const arrow::Array& array, const std::vector<std::uint8_t>& missing) {
  const std::int64_t nulls = std::ranges::count(missing, std::uint8_t{1});
  const std::shared_ptr<arrow::ArrayData> data = array.data()->Copy();
  std::shared_ptr<arrow::Buffer> bits = checked(arrow::AllocateEmptyBitmap(array.length()));
  for (std::size_t i = 0; i < missing.size(); ++i)
    if (!missing[i]) bits->mutable_data()[i / 8] |= static_cast<std::uint8_t>(1U << (i % 8));
  data->buffers[0] = std::move(bits);
  data->null_count = nulls;
  return arrow::MakeArray(data);
}

std::shared_ptr<arrow::Array> as_timestamps(const arrow::Array& array) {
  return checked(array.View(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")));
}

}  // namespace

std::shared_ptr<arrow::Table> to_arrow(const Table& table, const ToArrow& how) {
  std::vector<std::shared_ptr<arrow::Field>> fields;
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  for (const auto& [name, values] : table.columns()) {
    arrays.push_back(in_context(upkeep::format("column \"{}\"", name), [&] { return column_array(values, how); }));
    if (how.times && table.is_time(name)) arrays.back() = as_timestamps(*arrays.back());
    if (how.missing)
      if (const auto gaps = how.missing->find(name); gaps != how.missing->end()) arrays.back() = with_gaps(*arrays.back(), gaps->second);
    fields.push_back(arrow::field(name, arrays.back()->type()));
  }
  return arrow::Table::Make(arrow::schema(std::move(fields)), std::move(arrays), table.rows());
}

}  // namespace upkeep::sources
