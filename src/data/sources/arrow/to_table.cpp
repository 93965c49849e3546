#include <arrow/util/decimal.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <memory>

#include "base/format.hpp"
#include "data/rows.hpp"
#include "data/sources/arrow/columns.hpp"

namespace upkeep::sources {

namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

Tensor to_tensor(const arrow::Array& array);

Shape rows_of(const arrow::Array& array) { return {array.length()}; }

// value(i) for each row; NaN where it is missing.
template <typename Value>
Tensor as_doubles(const arrow::Array& array, const Value& value) {
  std::vector<double> out(static_cast<std::size_t>(array.length()));
  for (std::int64_t i = 0; i < array.length(); ++i)
    out[static_cast<std::size_t>(i)] = array.IsNull(i) ? kMissing : static_cast<double>(value(i));
  return Tensor(rows_of(array), std::move(out));
}

// Whole numbers as texts, which hold all of them and gaps.
template <typename ArrowType>
Tensor digits(const arrow::NumericArray<ArrowType>& array) {
  std::vector<std::string> out;
  out.reserve(static_cast<std::size_t>(array.length()));
  for (std::int64_t i = 0; i < array.length(); ++i) out.push_back(array.IsNull(i) ? std::string() : std::to_string(array.Value(i)));
  return Tensor(rows_of(array), std::move(out));
}

template <typename ArrowType>
Tensor numbers(const arrow::Array& array) {
  using Value = typename ArrowType::c_type;
  const auto& typed = static_cast<const arrow::NumericArray<ArrowType>&>(array);
  if (array.null_count() == 0) return Tensor::share(DTypeOf<Value>::value, rows_of(array), array.data(), typed.raw_values());
  if constexpr (sizeof(Value) == 8 && std::integral<Value>) {
    constexpr auto kExact = Value{1} << 53U;  // beyond it float64 does not hold every whole number
    for (std::int64_t i = 0; i < array.length(); ++i)
      if (!array.IsNull(i) && (typed.Value(i) > kExact || (std::signed_integral<Value> && typed.Value(i) < -kExact))) return digits(typed);
  }
  if constexpr (std::same_as<Value, float>) return as_doubles(array, [&](std::int64_t i) { return typed.Value(i); }).cast(DType::kFloat32);
  else return as_doubles(array, [&](std::int64_t i) { return typed.Value(i); });
}

Tensor half_floats(const arrow::Array& array) {
  const auto& typed = static_cast<const arrow::HalfFloatArray&>(array);
  if (array.null_count() == 0) return Tensor::share(DType::kFloat16, rows_of(array), array.data(), typed.raw_values());
  constexpr std::uint16_t kHalfNan = 0x7E00;
  auto bits = std::make_shared_for_overwrite<std::uint16_t[]>(static_cast<std::size_t>(array.length()));
  for (std::int64_t i = 0; i < array.length(); ++i) bits[i] = array.IsNull(i) ? kHalfNan : typed.Value(i);
  return Tensor::share(DType::kFloat16, rows_of(array), bits, bits.get());
}

Tensor booleans(const arrow::Array& array) {
  const auto& typed = static_cast<const arrow::BooleanArray&>(array);
  if (array.null_count() != 0) return as_doubles(array, [&](std::int64_t i) { return typed.Value(i) ? 1.0 : 0.0; });
  auto bytes = std::make_shared_for_overwrite<std::uint8_t[]>(static_cast<std::size_t>(array.length()));
  for (std::int64_t i = 0; i < array.length(); ++i) bytes[i] = typed.Value(i) ? 1 : 0;
  return Tensor::share(DType::kBool, rows_of(array), bytes, bytes.get());
}

template <typename Array>
Tensor texts(const arrow::Array& array) {
  const auto& typed = static_cast<const Array&>(array);
  std::vector<std::string> out;
  out.reserve(static_cast<std::size_t>(array.length()));
  for (std::int64_t i = 0; i < array.length(); ++i)
    out.emplace_back(typed.IsNull(i) ? std::string_view() : std::string_view(typed.GetView(i)));
  return Tensor(rows_of(array), std::move(out));
}

// Microseconds in one unit of a time type, as multiplier or divisor.
struct Scale {
  std::int64_t multiply = 1;
  std::int64_t divide = 1;
};

Scale scale_of(arrow::TimeUnit::type unit) {
  switch (unit) {
    case arrow::TimeUnit::SECOND: return {.multiply = 1'000'000};
    case arrow::TimeUnit::MILLI: return {.multiply = 1'000};
    case arrow::TimeUnit::NANO: return {.divide = 1'000};
    default: return {};
  }
}

std::int64_t microseconds(std::int64_t value, const Scale& scale) {
  std::int64_t scaled = 0;
  if (__builtin_mul_overflow(value, scale.multiply, &scaled))
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("the time {} does not fit 64 bits of microseconds", value));
  return scaled / scale.divide - (scaled % scale.divide < 0);  // rounds down
}

template <typename ArrowType>
Tensor times(const arrow::Array& array, const Scale& scale) {
  const auto& typed = static_cast<const arrow::NumericArray<ArrowType>&>(array);
  if (array.null_count() != 0) return as_doubles(array, [&](std::int64_t i) { return microseconds(typed.Value(i), scale); });
  std::vector<std::int64_t> out;
  out.reserve(static_cast<std::size_t>(array.length()));
  for (std::int64_t i = 0; i < array.length(); ++i) out.push_back(microseconds(typed.Value(i), scale));
  return Tensor(rows_of(array), std::move(out));
}

template <typename Decimal>
Tensor decimals(const arrow::Array& array) {
  const auto& typed = static_cast<const arrow::FixedSizeBinaryArray&>(array);
  const std::int32_t scale = static_cast<const arrow::DecimalType&>(*array.type()).scale();
  return as_doubles(array, [&](std::int64_t i) { return Decimal(typed.GetValue(i)).ToDouble(scale); });
}

Tensor dictionary(const arrow::Array& array) {
  const auto& typed = static_cast<const arrow::DictionaryArray&>(array);
  const Tensor values = to_tensor(*typed.dictionary());
  if (values.dtype() == DType::kString) {
    std::vector<std::string> out;
    out.reserve(static_cast<std::size_t>(array.length()));
    for (std::int64_t i = 0; i < array.length(); ++i)
      out.push_back(array.IsNull(i) ? std::string() : values.strings().at(static_cast<std::size_t>(typed.GetValueIndex(i))));
    return Tensor(rows_of(array), std::move(out));
  }
  if (array.null_count() != 0) {
    const Tensor wide = values.cast(DType::kFloat64);
    return as_doubles(array, [&](std::int64_t i) { return wide.data<double>()[static_cast<std::size_t>(typed.GetValueIndex(i))]; });
  }
  std::vector<std::int64_t> indices(static_cast<std::size_t>(array.length()));
  for (std::int64_t i = 0; i < array.length(); ++i) indices[static_cast<std::size_t>(i)] = typed.GetValueIndex(i);
  return take_rows(values, indices);
}

Tensor rectangular(const arrow::Array& rows, const arrow::Array& elements, std::int64_t width) {
  Shape shape = {rows.length(), width};
  const Tensor flat = to_tensor(elements);
  shape.insert(shape.end(), flat.shape().begin() + 1, flat.shape().end());
  return flat.reshaped(std::move(shape));
}

void expect_no_null(const arrow::Array& array) {
  for (std::int64_t i = 0; array.null_count() != 0 && i < array.length(); ++i)
    if (array.IsNull(i))
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("row {} has no list", i + 1), "every row needs a list of the same length");
}

template <typename Array>
Tensor lists(const arrow::Array& array) {
  expect_no_null(array);
  const auto& typed = static_cast<const Array&>(array);
  const std::int64_t width = array.length() > 0 ? typed.value_length(0) : 0;
  for (std::int64_t i = 1; i < array.length(); ++i)
    if (typed.value_length(i) != width)
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("row {} is a list of {}, row 1 of {}", i + 1, typed.value_length(i), width),
                  "lists become tensors when all have the same length");
  const std::int64_t begin = array.length() > 0 ? typed.value_offset(0) : 0;
  return rectangular(array, *typed.values()->Slice(begin, array.length() * width), width);
}

Tensor fixed_lists(const arrow::Array& array) {
  expect_no_null(array);
  const auto& typed = static_cast<const arrow::FixedSizeListArray&>(array);
  const std::int64_t width = typed.value_length();
  return rectangular(array, *typed.values()->Slice(typed.value_offset(0), array.length() * width), width);
}

Tensor to_tensor(const arrow::Array& array) {
  const arrow::DataType& type = *array.type();
  switch (type.id()) {
    case arrow::Type::NA: return Tensor(rows_of(array), std::vector<std::string>(static_cast<std::size_t>(array.length())));
    case arrow::Type::BOOL: return booleans(array);
    case arrow::Type::UINT8: return numbers<arrow::UInt8Type>(array);
    case arrow::Type::INT8: return numbers<arrow::Int8Type>(array);
    case arrow::Type::UINT16: return numbers<arrow::UInt16Type>(array);
    case arrow::Type::INT16: return numbers<arrow::Int16Type>(array);
    case arrow::Type::UINT32: return numbers<arrow::UInt32Type>(array);
    case arrow::Type::INT32: return numbers<arrow::Int32Type>(array);
    case arrow::Type::UINT64: return numbers<arrow::UInt64Type>(array);
    case arrow::Type::INT64: return numbers<arrow::Int64Type>(array);
    case arrow::Type::HALF_FLOAT: return half_floats(array);
    case arrow::Type::FLOAT: return numbers<arrow::FloatType>(array);
    case arrow::Type::DOUBLE: return numbers<arrow::DoubleType>(array);
    case arrow::Type::STRING:
    case arrow::Type::BINARY: return texts<arrow::BinaryArray>(array);
    case arrow::Type::LARGE_STRING:
    case arrow::Type::LARGE_BINARY: return texts<arrow::LargeBinaryArray>(array);
    case arrow::Type::STRING_VIEW:
    case arrow::Type::BINARY_VIEW: return texts<arrow::BinaryViewArray>(array);
    case arrow::Type::FIXED_SIZE_BINARY: return texts<arrow::FixedSizeBinaryArray>(array);
    case arrow::Type::DATE32: return times<arrow::Date32Type>(array, {.multiply = 86'400'000'000});
    case arrow::Type::DATE64: return times<arrow::Date64Type>(array, {.multiply = 1'000});
    case arrow::Type::TIMESTAMP: return times<arrow::TimestampType>(array, scale_of(static_cast<const arrow::TimestampType&>(type).unit()));
    case arrow::Type::TIME32: return times<arrow::Time32Type>(array, scale_of(static_cast<const arrow::Time32Type&>(type).unit()));
    case arrow::Type::TIME64: return times<arrow::Time64Type>(array, scale_of(static_cast<const arrow::Time64Type&>(type).unit()));
    case arrow::Type::DURATION: return times<arrow::DurationType>(array, scale_of(static_cast<const arrow::DurationType&>(type).unit()));
    case arrow::Type::DECIMAL32: return decimals<arrow::Decimal32>(array);
    case arrow::Type::DECIMAL64: return decimals<arrow::Decimal64>(array);
    case arrow::Type::DECIMAL128: return decimals<arrow::Decimal128>(array);
    case arrow::Type::DECIMAL256: return decimals<arrow::Decimal256>(array);
    case arrow::Type::DICTIONARY: return dictionary(array);
    case arrow::Type::LIST: return lists<arrow::ListArray>(array);
    case arrow::Type::LARGE_LIST: return lists<arrow::LargeListArray>(array);
    case arrow::Type::FIXED_SIZE_LIST: return fixed_lists(array);
    case arrow::Type::EXTENSION: return to_tensor(*static_cast<const arrow::ExtensionArray&>(array).storage());
    default:
      throw Error(ErrorCode::kUnsupported, upkeep::format("Arrow's type {} is no table cell", type.ToString()),
                  "numbers, truth values, texts, times, and lists of equal length are");
  }
}

std::shared_ptr<arrow::Array> one_array(const arrow::ChunkedArray& column) {
  if (column.num_chunks() == 1) return column.chunk(0);
  if (column.num_chunks() == 0) return checked(arrow::MakeEmptyArray(column.type()));
  return checked(arrow::Concatenate(column.chunks()));
}

bool holds_times(arrow::Type::type type) {
  switch (type) {
    case arrow::Type::DATE32:
    case arrow::Type::DATE64:
    case arrow::Type::TIMESTAMP:
    case arrow::Type::TIME32:
    case arrow::Type::TIME64: return true;
    default: return false;
  }
}

}  // namespace

Table to_table(const arrow::Table& from) {
  Table table;
  for (int i = 0; i < from.num_columns(); ++i) {
    const std::string& given = from.field(i)->name();
    const std::string name = given.empty() ? upkeep::format("column_{}", i + 1) : given;
    table.add(name, in_context(upkeep::format("column \"{}\"", name), [&] { return to_tensor(*one_array(*from.column(i))); }));
    if (holds_times(from.field(i)->type()->id())) table.set_time(name);
  }
  return table;
}

Error to_error(const arrow::Status& status) {
  // Parquet says IOError of damaged bytes as well; an error of the operating system carries its number as detail.
  const ErrorCode code = status.IsIOError() && status.detail() ? ErrorCode::kIo
                         : status.IsOutOfMemory()              ? ErrorCode::kResourceExhausted
                         : status.IsNotImplemented()           ? ErrorCode::kUnsupported
                                                               : ErrorCode::kCorrupt;
  return Error(code, status.message().substr(0, std::min<std::size_t>(status.message().find('\n'), 300)));
}

}  // namespace upkeep::sources
