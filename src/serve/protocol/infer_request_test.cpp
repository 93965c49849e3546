#include "serve/protocol/infer_request.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/format.hpp"
#include "base/random.hpp"

namespace upkeep::serve {
namespace {

using namespace std::string_view_literals;
using testing::ElementsAre;
using testing::HasSubstr;

const std::vector<TensorSpec> kInputs{{.name = "x", .dtype = DType::kFloat32, .dims = {"batch", 2}},
                                      {.name = "s", .dtype = DType::kString, .dims = {"n"}}};

Answer<InferRequest> read(std::string_view body, std::string_view json_length = {}) {
  return read_infer_request({body, json_length}, kInputs);
}

std::string refusal(std::string_view body, std::string_view json_length = {}) {
  const Answer<InferRequest> request = read(body, json_length);
  if (request) return "accepted";
  EXPECT_EQ(request.error().code, RefusalCode::kInvalid);
  return request.error().message;
}

std::string one_input(std::string_view fields) { return upkeep::format(R"({{"inputs":[{{{}}}]}})", fields); }

TEST(InferRequest, ReadsJson) {
  const auto request = read(R"({"id":"7","parameters":{"binary_data_output":true,"priority":1,"timeout":500},"inputs":[
      {"name":"x","shape":[1,2],"datatype":"FP32","parameters":{"content_type":"np"},"data":[[1,2]]},
      {"name":"s","shape":[2],"datatype":"BYTES","data":["a","b"]}],
      "outputs":[{"name":"z","parameters":{"binary_data":false,"classification":2}},{"name":"y"}]})");
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->id, "7");
  EXPECT_TRUE(request->binary);
  EXPECT_THAT(request->inputs.at("x").floats(), ElementsAre(1, 2));
  EXPECT_THAT(request->inputs.at("s").strings(), ElementsAre("a", "b"));
  EXPECT_THAT(request->outputs, ElementsAre(testing::Field(&RequestedOutput::name, "z"), testing::Field(&RequestedOutput::name, "y")));
  EXPECT_EQ(request->outputs[0].binary, false);
  EXPECT_EQ(request->outputs[0].classification, 2);
  EXPECT_EQ(request->outputs[1].binary, std::nullopt);
  EXPECT_EQ(request->priority, 1U);
  EXPECT_EQ(request->timeout, std::chrono::microseconds(500));
}

TEST(InferRequest, TakesTheKeysInAnyOrderAndIgnoresOthers) {
  const auto request = read(
      R"({"extra":[{"a":[1]}],"inputs":[{"data":[1,2],"datatype":"FP32","later":null,"shape":[1,2],"name":"x"}],"id":null,"parameters":null})");
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_THAT(request->inputs.at("x").floats(), ElementsAre(1, 2));
}

TEST(InferRequest, ReadsBinaryDataBehindTheJson) {
  const std::string json = R"({"inputs":[{"name":"s","shape":[1],"datatype":"BYTES","parameters":{"binary_data_size":6}},
      {"name":"x","shape":[1,2],"datatype":"FP32","parameters":{"binary_data_size":8}}]})";
  const std::string body = json + std::string("\x02\x00\x00\x00hi\x00\x00\x80\x3f\x00\x00\x00\x40", 14);
  const auto request = read(body, std::to_string(json.size()));
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_THAT(request->inputs.at("s").strings(), ElementsAre("hi"));
  EXPECT_THAT(request->inputs.at("x").floats(), ElementsAre(1, 2));
}

TEST(InferRequest, MixesBinaryAndJsonInputs) {
  const std::string json = R"({"inputs":[{"name":"s","shape":[1],"datatype":"BYTES","data":["hi"]},
      {"name":"x","shape":[1,2],"datatype":"FP32","parameters":{"binary_data_size":8}}]})";
  EXPECT_TRUE(read(json + std::string(8, '\0'), std::to_string(json.size())));
}

TEST(InferRequest, ARawBodyIsTheOnlyInput) {
  const std::vector<TensorSpec> only{kInputs[0]};
  const auto request = read_infer_request({std::string_view("\0\0\x80\x3f\0\0\0\x40\0\0\0\0\0\0\0\0", 16), "0"}, only);
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->inputs.at("x").shape(), (Shape{2, 2}));
  EXPECT_TRUE(request->binary);
  EXPECT_THAT(read_infer_request({"abc", "0"}, only).error().message, HasSubstr("3 bytes"));
  EXPECT_THAT(read_infer_request({"text", "0"}, {kInputs[1]})->inputs.at("s").strings(), ElementsAre("text"));
  EXPECT_THAT(refusal("abcd", "0"), HasSubstr("one input"));
}

TEST(InferRequest, SaysWhatIsWrong) {
  EXPECT_THAT(refusal(""), HasSubstr("an object should stand here"));
  EXPECT_THAT(refusal("[]"), HasSubstr("an object should stand here"));
  EXPECT_THAT(refusal("{} x"), HasSubstr("something follows"));
  EXPECT_THAT(refusal(R"({"id":5})"), HasSubstr("a string should stand here"));
  EXPECT_THAT(refusal(one_input(R"("name":"xx","shape":[1,2],"datatype":"FP32","data":[1,2])")), HasSubstr("x, s"));
  EXPECT_THAT(refusal(one_input(R"("shape":[1,2],"datatype":"FP32","data":[1,2])")), HasSubstr("an input has no name"));
  EXPECT_THAT(refusal(one_input(R"("name":"x","shape":[1,2],"data":[1,2])")), HasSubstr("has no datatype"));
  EXPECT_THAT(refusal(one_input(R"("name":"x","datatype":"FP32","data":[1,2])")), HasSubstr("has no shape"));
  EXPECT_THAT(refusal(one_input(R"("name":"x","shape":[1,2],"datatype":"FP32")")), HasSubstr("has no data"));
  EXPECT_THAT(refusal(one_input(R"("name":"x","shape":[1,2],"datatype":"FP31","data":[1,2])")), HasSubstr("no datatype \"FP31\""));
  EXPECT_THAT(refusal(one_input(R"("name":"x","shape":[1,3],"datatype":"FP32","data":[1,2,3])")),
              HasSubstr("is FP32[1,3], the model expects FP32[-1,2]"));
  EXPECT_THAT(refusal(one_input(R"("name":"x","shape":[1,2],"datatype":"INT64","data":[1,2])")),
              HasSubstr("is INT64[1,2], the model expects FP32[-1,2]"));
  EXPECT_THAT(refusal(one_input(R"("name":"x","shape":[1,2],"datatype":"FP32","data":[1,2,3])")),
              HasSubstr("input \"x\": data has more than"));
  EXPECT_THAT(refusal(one_input(R"("name":"x","shape":[1,2],"datatype":"FP32","data":[1,nan])")), HasSubstr("nan"));
  EXPECT_THAT(refusal(one_input(R"("name":"x","shape":[1,-2],"datatype":"FP32","data":[1])")), HasSubstr("negative dimension -2"));
  EXPECT_THAT(refusal(one_input(R"("name":"x","shape":[4611686018427387904,4],"datatype":"FP32","data":[1])")),
              HasSubstr("too many elements"));
  EXPECT_THAT(refusal(one_input(R"("name":"x","shape":[9223372036854775807,2],"datatype":"FP32","data":[1])")),
              HasSubstr("too many elements"));
  EXPECT_THAT(refusal(one_input(R"("name":"x","shape":[1000000000,2],"datatype":"FP32","data":[1])")), HasSubstr("data has 1 elements"));
  EXPECT_THAT(refusal(one_input(R"("name":"x","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"datatype":"FP32","data":[1])")),
              HasSubstr("more than 16 dimensions"));
  EXPECT_THAT(
      refusal(
          R"({"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]},{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}]})"),
      HasSubstr("given twice"));
  EXPECT_THAT(refusal(R"({"outputs":[{"name":"y","parameters":{"classification":0}}]})"), HasSubstr("at least 1"));
  EXPECT_THAT(refusal(R"({"parameters":{"sequence_id":3}})"), HasSubstr("sequences are not supported"));
  EXPECT_THAT(refusal(one_input(R"("name":"x","shape":[1,2],"datatype":"FP32","parameters":{"shared_memory_region":"r"})")),
              HasSubstr("shared memory"));
}

TEST(InferRequest, RefusesHalfFloatsAsJson) {
  const std::vector<TensorSpec> half{{.name = "h", .dtype = DType::kFloat16, .dims = {1}}};
  const std::string body = R"({"inputs":[{"name":"h","shape":[1],"datatype":"FP16","data":[1]}]})";
  EXPECT_THAT(read_infer_request({body, {}}, half).error().message, HasSubstr("binary data"));
}

TEST(InferRequest, ChecksLengthsOfBinaryData) {
  const auto sized = [](std::string_view size) {
    return upkeep::format(R"({{"inputs":[{{"name":"x","shape":[1,2],"datatype":"FP32","parameters":{{"binary_data_size":{}}}}}]}})", size);
  };
  const auto refused = [&](std::string_view size, std::size_t bytes) {
    const std::string json = sized(size);
    return refusal(json + std::string(bytes, 'b'), std::to_string(json.size()));
  };
  EXPECT_EQ(refused("8", 8), "accepted");
  EXPECT_THAT(refused("8", 7), HasSubstr("only 7 bytes are left"));
  EXPECT_THAT(refused("8", 9), HasSubstr("1 bytes of binary data belong to no input"));
  EXPECT_THAT(refused("4", 4), HasSubstr("has 4 bytes, FP32[1,2] needs 2 elements of 4"));
  EXPECT_FALSE(refused("-8", 8).empty());
  EXPECT_THAT(refused("18446744073709551615", 8), HasSubstr("only 8 bytes"));
  EXPECT_THAT(refused("99999999999999999999", 8), HasSubstr("does not fit"));
  const std::string json = sized("8");
  for (const std::string_view length : {"-1", "x", "1000", "18446744073709551616", "5 ", "+5"})
    EXPECT_THAT(refusal(json, length), testing::AnyOf(HasSubstr("Inference-Header-Content-Length"), HasSubstr("not valid"))) << length;
  EXPECT_THAT(refusal(R"({"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2],"parameters":{"binary_data_size":8}}]})"),
              HasSubstr("both"));
}

// Whatever one byte becomes, the answer is a request or a refusal.
TEST(InferRequest, SurvivesEveryMutationOfAByte) {
  const std::string json = R"({"id":"a","inputs":[{"name":"s","shape":[1],"datatype":"BYTES","parameters":{"binary_data_size":6}},
      {"name":"x","shape":[1,2],"datatype":"FP32","data":[[1.5,-2e3]]}],"outputs":[{"name":"y"}]})";
  const std::string body = json + std::string("\x02\x00\x00\x00hi", 6);
  ASSERT_TRUE(read(body, std::to_string(json.size())));
  Random random(11, stream_id("bytes"));
  for (int i = 0; i < 20'000; ++i) {
    std::string text = body;
    text[random.below(text.size())] = static_cast<char>(random.below(256));
    const auto request = read(text, std::to_string(json.size()));
    EXPECT_TRUE(request || !request.error().message.empty());
  }
}

}  // namespace
}  // namespace upkeep::serve
