#include "layers/operations/operation.hpp"

#include "base/format.hpp"
#include "layers/layout.hpp"
#include "layers/merging.hpp"

namespace upkeep::operations {

namespace {

bool is_float(DType dtype) { return dtype == DType::kFloat32 || dtype == DType::kFloat64 || dtype == DType::kFloat16; }

bool is_input(const Json& argument) { return argument.is_object() && argument.contains("input"); }

Tensor number(const Json& argument, DType like) {
  if (argument.is_boolean()) return Tensor({}, std::vector<bool>{argument.get<bool>()}).cast(like);
  const DType type = argument.is_number_float() && !is_float(like) ? DType::kFloat32 : like == DType::kBool ? DType::kInt32 : like;
  return Tensor::scalar(argument.get<double>()).cast(type);
}

// A list of numbers, of any depth, as one tensor.
template <typename T>
void flatten(const Json& list, std::size_t depth, Shape& shape, std::vector<T>& values) {
  if (!list.is_array()) {
    values.push_back(list.is_boolean() ? static_cast<T>(list.get<bool>()) : from_json_checked<T>(list));
    return;
  }
  if (shape.size() == depth) shape.push_back(static_cast<std::int64_t>(list.size()));
  if (shape.size() <= depth || shape[depth] != static_cast<std::int64_t>(list.size()))
    throw wrong_type("a list of equal lists of numbers", list);
  for (const Json& item : list) flatten(item, depth + 1, shape, values);
}

bool has_fractions(const Json& list) {
  if (!list.is_array()) return list.is_number_float();
  return std::ranges::any_of(list, has_fractions);
}

template <typename T>
Tensor tensor_of(const Json& list, DType dtype) {
  Shape shape;
  std::vector<T> values;
  flatten(list, 0, shape, values);
  return Tensor(std::move(shape), std::move(values)).cast(dtype);
}

Tensor array(const Json& list, DType dtype) {
  return is_float(dtype) ? tensor_of<double>(list, DType::kFloat32) : tensor_of<std::int64_t>(list, dtype);
}

}  // namespace

bool is_array(const Json& argument) { return argument.is_object() && argument.contains("array"); }

OperationEntry in_module(std::string module, OperationEntry entry) {
  entry.keras_module = std::move(module);
  return entry;
}

Parameter called(std::string name, std::vector<std::string> also) { return {.name = std::move(name), .also = std::move(also)}; }
Parameter made(std::string name, std::vector<std::string> also) {
  return {.name = std::move(name), .also = std::move(also), .of_class = true};
}

bool Call::has(const std::string& parameter) const { return arguments_.contains(parameter) && !arguments_[parameter].is_null(); }

Json Call::plain(const std::string& parameter, Json fallback) const {
  if (!has(parameter)) return fallback;
  return is_array(arguments_[parameter]) ? arguments_[parameter]["array"] : arguments_[parameter];
}

Value Call::read(const Json& argument, DType like) const {
  if (is_input(argument)) return inputs_.at(from_json_checked<std::size_t>(argument["input"]));
  if (argument.is_number() || argument.is_boolean()) return ops_.constant(number(argument, like));
  if (is_array(argument)) return ops_.constant(array(argument["array"], dtype_from_string(argument.value("dtype", "float32"))));
  if (argument.is_array()) return ops_.constant(array(argument, has_fractions(argument) ? DType::kFloat32 : like));
  throw wrong_type("a value or a number", argument);
}

Value Call::value(const std::string& parameter) const {
  if (!has(parameter)) throw Error(ErrorCode::kInvalidArgument, upkeep::format("it is called without \"{}\"", parameter));
  return in_context(parameter, [&] { return read(arguments_[parameter], DType::kFloat32); });
}

std::vector<Value> Call::values(const std::string& parameter) const {
  const Json list = plain(parameter, Json::array());
  if (!list.is_array()) return {value(parameter)};
  std::vector<Value> all;
  for (const Json& one : list) all.push_back(in_context(parameter, [&] { return read(one, DType::kFloat32); }));
  if (all.empty()) throw Error(ErrorCode::kInvalidArgument, upkeep::format("it is called without \"{}\"", parameter));
  return all;
}

std::pair<Value, Value> Call::pair(const std::string& first, const std::string& second) const {
  if (!has(first) || !has(second))
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("it is called without \"{}\"", has(first) ? second : first));
  const Json& a = arguments_[first];
  const Json& b = arguments_[second];
  Value one = is_input(a) ? read(a, DType::kFloat32) : Value();
  Value other = is_input(b) ? read(b, DType::kFloat32) : Value();
  if (!one) one = read(a, other ? other.dtype() : DType::kFloat32);
  if (!other) other = read(b, one.dtype());
  if (one.dtype() == other.dtype()) return {one, other};
  const bool floats = is_float(one.dtype()) || is_float(other.dtype());
  const DType common = floats ? DType::kFloat32 : DType::kInt64;
  return {ops_.cast(one, common), ops_.cast(other, common)};
}

Value elementwise(Ops& ops, const Value& x, const std::function<Value(const Value&)>& f) { return layers::elementwise(ops, x, f); }

Value elementwise(Ops& ops, const Value& a, const Value& b, const std::function<Value(const Value&, const Value&)>& f) {
  if (b.rank_known() && b.rank() == 0) return elementwise(ops, a, [&](const Value& x) { return f(x, b); });
  if (a.rank_known() && a.rank() == 0) return elementwise(ops, b, [&](const Value& x) { return f(a, x); });
  if (!layers::any_channels_first(ops, {a, b})) return f(a, b);
  return layers::channels_last(ops, f(layers::channels_first(ops, a), layers::channels_first(ops, b)));
}

}  // namespace upkeep::operations
