#include "layers/operations/operation.hpp"

#include "base/format.hpp"
#include "graph/element_types.hpp"
#include "layers/shared/merging.hpp"
#include "layers/view/layout.hpp"

namespace upkeep::operations {

namespace {

bool is_input(const Json& argument) { return argument.is_object() && argument.contains("input"); }

Tensor number_tensor(const Json& argument, DType type) {
  if (argument.is_boolean()) return Tensor({}, std::vector<bool>{argument.get<bool>()}).cast(type);
  if (argument.is_number_float()) return Tensor::scalar(argument.get<double>()).cast(type);
  return Tensor::scalar(argument.get<std::int64_t>()).cast(type);
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

// The type that TensorFlow makes of a list of numbers.
DType type_of_numbers(const Json& list) {
  if (list.is_boolean()) return DType::kBool;
  if (!list.is_array()) return list.is_number_float() ? DType::kFloat32 : DType::kInt32;
  DType type = DType::kBool;
  for (const Json& one : list) type = layers::common_type({{type}, {type_of_numbers(one)}});
  return type;
}

template <typename T>
Tensor tensor_of(const Json& list, DType dtype) {
  Shape shape;
  std::vector<T> values;
  flatten(list, 0, shape, values);
  return Tensor(std::move(shape), std::move(values)).cast(dtype);
}

Tensor array(const Json& list, DType dtype) {
  return is_floating(dtype) ? tensor_of<double>(list, dtype) : tensor_of<std::int64_t>(list, dtype);
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

Parameter tensorflow_integers() { return {.name = "integers", .only_tensorflow = true, .of_integers = true}; }

bool Call::has(const std::string& parameter) const { return arguments_.contains(parameter) && !arguments_[parameter].is_null(); }

Json Call::plain(const std::string& parameter, Json fallback) const {
  if (!has(parameter)) return fallback;
  return is_array(arguments_[parameter]) ? arguments_[parameter]["array"] : arguments_[parameter];
}

layers::OperandType Call::operand(const Json& argument) const {
  if (is_input(argument)) return {inputs_.at(from_json_checked<std::size_t>(argument["input"])).dtype()};
  if (is_array(argument)) return {dtype_from_string(argument.value("dtype", "float32"))};
  if (argument.is_array()) return {type_of_numbers(argument)};
  if (argument.is_number() || argument.is_boolean()) return {.type = type_of_numbers(argument), .weak = true};
  throw wrong_type("a value or a number", argument);
}

Value Call::read(const Json& argument, DType type) const {
  if (is_input(argument)) return ops_.cast(inputs_.at(from_json_checked<std::size_t>(argument["input"])), type);
  if (argument.is_number() || argument.is_boolean()) return ops_.constant(number_tensor(argument, type));
  const bool typed = is_array(argument);
  return ops_.constant(array(typed ? argument["array"] : argument, operand(argument).type).cast(type));
}

Value Call::value(const std::string& parameter) const {
  if (!has(parameter)) throw Error(ErrorCode::kInvalidArgument, upkeep::format("it is called without \"{}\"", parameter));
  return in_context(parameter, [&] { return read(arguments_[parameter], operand(arguments_[parameter]).type); });
}

Value Call::value(const std::string& parameter, DType type) const {
  if (!has(parameter)) throw Error(ErrorCode::kInvalidArgument, upkeep::format("it is called without \"{}\"", parameter));
  return in_context(parameter, [&] { return read(arguments_[parameter], type); });
}

std::vector<Value> Call::values(const std::string& parameter) const {
  const Json list = plain(parameter, Json::array());
  if (!list.is_array()) return {value(parameter)};
  if (list.empty()) throw Error(ErrorCode::kInvalidArgument, upkeep::format("it is called without \"{}\"", parameter));
  return in_context(parameter, [&] {
    std::vector<layers::OperandType> operands;
    for (const Json& one : list) operands.push_back(operand(one));
    std::vector<Value> all;
    for (const Json& one : list) all.push_back(read(one, layers::common_type(operands)));
    return all;
  });
}

std::pair<Value, Value> Call::pair(const std::string& first, const std::string& second, Numbers numbers) const {
  if (!has(first) || !has(second))
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("it is called without \"{}\"", has(first) ? second : first));
  const auto given = [&](const std::string& parameter) {
    layers::OperandType read = in_context(parameter, [&] { return operand(arguments_[parameter]); });
    read.weak = read.weak && numbers == Numbers::kWeak;
    return read;
  };
  const DType type = layers::common_type({given(first), given(second)});
  return {value(first, type), value(second, type)};
}

Value zero_or_nan(Ops& ops, const Value& x) { return ops.mul(ops.clip(x, -1, 1), 0.0F); }

Value elementwise(Ops& ops, const Value& x, const std::function<Value(const Value&)>& f) { return layers::elementwise(ops, x, f); }

Value elementwise(Ops& ops, const Value& a, const Value& b, const std::function<Value(const Value&, const Value&)>& f) {
  if (b.rank_known() && b.rank() == 0) return elementwise(ops, a, [&](const Value& x) { return f(x, b); });
  if (a.rank_known() && a.rank() == 0) return elementwise(ops, b, [&](const Value& x) { return f(a, x); });
  if (!layers::any_channels_first(ops, {a, b})) return f(a, b);
  return layers::channels_last(ops, f(layers::channels_first(ops, a), layers::channels_first(ops, b)));
}

}  // namespace upkeep::operations
