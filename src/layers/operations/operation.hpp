// Functions that stand between the layers of a functional model: keras.ops.mean(x, axis=1), x + 1, x[:, 0], and TensorFlow's functions in
// models of Keras 2. One file of this room knows everything about one of them, or a close family.
//
// In a model a function is a layer of the kind "operation", with settings such as
//   {"function": "mean", "arguments": {"x": {"input": 0}, "axis": 1, "keepdims": true}}
// where {"input": 0} is the first value that the layer reads. {"array": [[1, 2]], "dtype": "int64"} is a value of the file's own.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/catalog.hpp"
#include "base/json.hpp"
#include "graph/ops.hpp"
#include "layers/shared/promotion.hpp"

namespace upkeep::operations {

// Whether a number takes the type of what stands beside it, or is an int32 or float32 like any other value.
enum class Numbers { kWeak, kStrong };

// What a function is called with.
class Call {
 public:
  Call(Ops& ops, const std::vector<Value>& inputs, const Json& arguments) : ops_(ops), inputs_(inputs), arguments_(arguments) {}

  Ops& ops() const { return ops_; }
  bool has(const std::string& parameter) const;  // given, and not null
  // A value, or a number that stands for one, in its own type. Throws Error{kInvalidArgument} without it.
  Value value(const std::string& parameter) const;
  Value value(const std::string& parameter, DType type) const;
  // A list of values in the type in which Keras computes with them.
  std::vector<Value> values(const std::string& parameter) const;
  // Two values in the type in which Keras computes with them.
  std::pair<Value, Value> pair(const std::string& first, const std::string& second, Numbers numbers = Numbers::kWeak) const;
  // What is no value; `fallback` where it is not given.
  Json plain(const std::string& parameter, Json fallback = nullptr) const;
  template <typename T>
  T get(const std::string& parameter, T fallback) const {
    return has(parameter) ? from_json_checked<T>(plain(parameter)) : fallback;
  }

 private:
  layers::OperandType operand(const Json& argument) const;
  Value read(const Json& argument, DType type) const;

  Ops& ops_;
  const std::vector<Value>& inputs_;
  const Json& arguments_;
};

bool is_array(const Json& argument);  // {"array": ..., "dtype": ...}

struct Parameter {
  std::string name;               // Keras 3's
  std::vector<std::string> also;  // TensorFlow's
  bool of_class = false;          // whether Keras 3 gives it when it makes the operation, not when it calls it
  bool rest = false;              // takes all values that are left, as a list
  bool only_tensorflow = false;   // Keras 3's operation has it not
  bool is_index = false;          // what stands in brackets: its lists are no arrays
  bool of_integers = false;       // what TensorFlow alone does with integers, and Keras 3 cannot be told; of floats both say the same
};

struct OperationEntry {
  std::string name;                  // Keras 3's: "mean"
  std::vector<std::string> aliases;  // its class, "Mean", and TensorFlow's functions, "math.reduce_mean"
  std::string keras_class;           // "Mean"
  std::string keras_module = "keras.src.ops.numpy";
  std::string help;
  Settings settings = {};
  std::vector<Parameter> parameters;  // in order
  std::function<std::vector<Value>(const Call& call)> build;
  std::function<void(Json& arguments)> from_tensorflow = nullptr;  // where its arguments mean something else there
};
using OperationCatalog = Catalog<OperationEntry>;
const OperationCatalog& catalog();

// The same entry, where its class of Keras is elsewhere than in keras.src.ops.numpy.
OperationEntry in_module(std::string module, OperationEntry entry);
// Short ways to say a parameter.
Parameter called(std::string name, std::vector<std::string> also = {});
Parameter made(std::string name, std::vector<std::string> also = {});
// "integers": the type that TensorFlow answers in where it differs from Keras 3's; "own" is that of the values.
Parameter tensorflow_integers();

// f(x) and f(a, b), element by element, in whichever order of axes the values have.
Value elementwise(Ops& ops, const Value& x, const std::function<Value(const Value&)>& f);
Value elementwise(Ops& ops, const Value& a, const Value& b, const std::function<Value(const Value&, const Value&)>& f);

// 0 for each number of a float x, whatever it is, and NaN for NaN: what is added to answers of operators that lose a NaN.
Value zero_or_nan(Ops& ops, const Value& x);

}  // namespace upkeep::operations
