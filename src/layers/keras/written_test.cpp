// The forms are those of keras/src/saving/serialization_lib.py, Keras 3.15; Keras itself judges whole models in tests/interop.

#include "layers/keras/written.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

using testing::HasSubstr;

std::string refusal_of(const std::string& value) {
  return message_of([&] { check_keras_value(parse_json(value), "it"); });
}

TEST(KerasWritten, TakesWhatKerasReads) {
  for (const char* value :
       {"null", "1", R"("relu")", R"([1, null, [true]])", R"({"axis": [1, 2]})",
        R"({"class_name": "__numpy__", "config": {"value": [[1, 2]], "dtype": "int64"}})",
        R"({"class_name": "__numpy__", "config": {"value": 2.5, "dtype": "float32"}})",
        R"({"class_name": "__slice__", "config": {"start": null, "stop": 3, "step": -1}})",
        R"({"class_name": "__keras_tensor__", "config": {"shape": [null, 3], "dtype": "float32", "keras_history": ["x", 0, 0]}})",
        R"({"module": "keras.initializers", "class_name": "Zeros", "config": {}, "registered_name": null})"})
    EXPECT_NO_THROW(check_keras_value(parse_json(value), "it")) << value;
}

TEST(KerasWritten, RefusesWhatOnlyThisProgramReads) {
  EXPECT_THAT(refusal_of(R"([{"input": 0}])"), HasSubstr("it[0]: {\"input\":0}, which Keras does not read"));
  EXPECT_THAT(refusal_of(R"({"x": {"array": [1], "dtype": "int32"}})"), HasSubstr("it.x"));
  EXPECT_THAT(refusal_of(R"({"activation": "relu:max_value=6"})"), HasSubstr("the name \"relu:max_value=6\""));
  EXPECT_THAT(refusal_of(R"({"class_name": "__tuple__", "config": {"items": []}})"), HasSubstr("__tuple__"));
  EXPECT_THAT(refusal_of(R"({"class_name": "__ellipsis__", "config": {}})"), HasSubstr("__ellipsis__"));
  EXPECT_THAT(refusal_of(R"({"class_name": "Zeros", "config": {}})"), HasSubstr("a class without a module"));
  EXPECT_THAT(refusal_of(R"({"class_name": "Zeros"})"), HasSubstr("half of an object"));
}

TEST(KerasWritten, RefusesArraysThatAreNone) {
  const auto array = [](const std::string& value, const std::string& dtype) {
    return refusal_of(R"({"class_name": "__numpy__", "config": {"value": )" + value + R"(, "dtype": )" + dtype + "}}");
  };
  EXPECT_THAT(array("[[1, 2], [3]]", R"("int32")"), HasSubstr("different lengths"));
  EXPECT_THAT(array("[1.5]", R"("int32")"), HasSubstr("1.5 in an array of int32"));
  EXPECT_THAT(array("[null]", R"("float32")"), HasSubstr("null in an array"));
  EXPECT_THAT(array("[1]", R"("float")"), HasSubstr("a type \"float\""));
  EXPECT_THAT(array("[1]", "null"), HasSubstr("a type null"));
}

// x + OPERAND, as a model; `history` is where the operation reads its first value.
Json sum_with(const std::string& operand, const std::string& history = R"(["x", 0, 0])") {
  return parse_json(R"({"class_name": "Functional", "config": {"layers": [
    {"module": "keras.layers", "class_name": "InputLayer", "config": {"name": "x"}, "inbound_nodes": []},
    {"module": "keras.src.ops.numpy", "class_name": "Add", "config": {"name": "add"}, "inbound_nodes": [{"args": [
      {"class_name": "__keras_tensor__", "config": {"shape": [null, 2], "dtype": "float32", "keras_history": )" +
                    history + "}}, " + operand + R"(], "kwargs": {}}]}]}})");
}

TEST(KerasWritten, RefusesAListForAnArrayOfAnOperation) {
  EXPECT_NO_THROW(check_keras_model(sum_with("3")));
  EXPECT_NO_THROW(check_keras_model(sum_with(R"({"class_name": "__numpy__", "config": {"value": [1, 2], "dtype": "float32"}})")));
  EXPECT_THAT(message_of([] { check_keras_model(sum_with("[1, 2]")); }),
              HasSubstr("layer \"add\".args: a list of numbers as a value: [1,2]"));
}

TEST(KerasWritten, RefusesValuesThatNoLayerMakes) {
  EXPECT_THAT(message_of([] { check_keras_model(sum_with("3", R"(["y", 0, 0])")); }), HasSubstr("a value that no layer makes"));
  EXPECT_THAT(message_of([] { check_keras_model(sum_with("3", R"(["x", 1, 0])")); }), HasSubstr("a value that no layer makes"));
}

}  // namespace
}  // namespace upkeep::layers
