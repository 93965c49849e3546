#include "serve/client/http_message.hpp"

#include "serve/protocol/binary_tensor.hpp"
#include "serve/protocol/infer_request.hpp"

namespace upkeep::serve {

namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(HttpInferBody, IsReadByTheServer) {
  const Tensors inputs{{"t", Tensor({2}, std::vector<std::string>{"a", std::string("\0b", 2)})},
                       {"x", Tensor({1, 2}, std::vector<float>{1.5F, -2})}};
  const HttpInferBody body = write_infer_body(inputs, {.id = "7", .outputs = {"y"}, .priority = 3});
  const std::vector<TensorSpec> specs{{.name = "t", .dtype = DType::kString, .dims = {Dim{}}},
                                      {.name = "x", .dtype = DType::kFloat32, .dims = {Dim{}, Dim{2}}}};
  const auto read = read_infer_request({.body = body.bytes, .json_length = std::to_string(body.json_bytes)}, specs);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->id, "7");
  EXPECT_EQ(read->priority, 3u);
  EXPECT_TRUE(read->binary);
  EXPECT_EQ(read->outputs.front().name, "y");
  EXPECT_THAT(read->inputs.at("x").floats(), ElementsAre(1.5F, -2));
  EXPECT_THAT(read->inputs.at("t").strings(), ElementsAre("a", std::string("\0b", 2)));
}

TEST(HttpInferBody, TypesThatTheProtocolLacksAreRefused) {
  const std::byte zero[8]{};
  EXPECT_THROW(write_infer_body({{"x", Tensor::from_bytes(DType::kComplex64, {1}, zero)}}, {}), Error);
}

TEST(HttpInferAnswer, MayBeJsonOrBinaryOrBoth) {
  const std::string head = R"({"model_name":"m","model_version":"4","id":"7","outputs":[
    {"name":"j","datatype":"INT32","shape":[2],"data":[7,8]},
    {"name":"b","datatype":"FP32","shape":[1,2],"parameters":{"binary_data_size":8}}]})";
  const auto result = read_infer_body(head + std::string("\0\0\x80\x3f\0\0\0\x40", 8), std::to_string(head.size()));
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->model + " " + result->version + " " + result->id, "m 4 7");
  EXPECT_THAT(result->outputs.at("j").data<std::int32_t>(), ElementsAre(7, 8));
  EXPECT_THAT(result->outputs.at("b").floats(), ElementsAre(1, 2));
}

TEST(HttpInferAnswer, ThatCannotBeReadSaysWhy) {
  const auto why = [](const std::string& body, const std::string& length = {}) {
    const auto result = read_infer_body(body, length);
    return result ? "it was read" : result.error().message;
  };
  const std::string binary = R"({"outputs":[{"name":"b","datatype":"FP32","shape":[2],"parameters":{"binary_data_size":8}}]})";
  EXPECT_THAT(why(binary, std::to_string(binary.size())), HasSubstr("its binary data ends early"));
  EXPECT_THAT(why(binary, "x"), HasSubstr("no number"));
  EXPECT_THAT(why(binary, "1000000"), HasSubstr("it ends early"));
  EXPECT_THAT(why("{"), HasSubstr("cannot be read"));
  EXPECT_THAT(why(R"({"outputs":[{"name":"b","datatype":"FP32","shape":[3],"data":[1,2]}]})"), HasSubstr("cannot be read"));
  EXPECT_THAT(why(R"({"outputs":[{"name":"b","datatype":"FP32","shape":[-3],"data":[1,2]}]})"), HasSubstr("cannot be read"));
  EXPECT_THAT(why(R"({"outputs":[{"name":"b","datatype":"FLOAT","shape":[2],"data":[1,2]}]})"), HasSubstr("FLOAT"));
}

TEST(HttpModelAnswer, DescribesTensors) {
  const auto model = read_model_body(R"({"name":"m","versions":["1","2"],"platform":"p",
    "inputs":[{"name":"x","datatype":"BYTES","shape":[-1,4]}],"outputs":[{"name":"y","datatype":"FP16","shape":[]}]})");
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_THAT(model->versions, ElementsAre("1", "2"));
  EXPECT_EQ(model->inputs.front().dtype, DType::kString);
  EXPECT_THAT(model->inputs.front().shape, ElementsAre(-1, 4));
  EXPECT_EQ(model->outputs.front().dtype, DType::kFloat16);
  EXPECT_FALSE(read_model_body(R"({"name":"m"})"));
}

}  // namespace

}  // namespace upkeep::serve
