#include "serve/grpc/client_message.hpp"

#include <inference.pb.h>

#include "serve/grpc/infer_message.hpp"

namespace upkeep::serve {

namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(InferCall, IsReadByTheServer) {
  const std::string bytes = write_infer_call("m", {{"x", Tensor({1, 2}, std::vector<std::int64_t>{1, -2})}},
                                             {.version = "3", .id = "7", .outputs = {"y"}, .priority = 2});
  const auto message = parse_infer_message(bytes);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->request.model_name() + message->request.model_version(), "m3");
  const auto request = read_infer_message(*message, {{.name = "x", .dtype = DType::kInt64, .dims = {Dim{}, Dim{2}}}});
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->id, "7");
  EXPECT_EQ(request->priority, 2u);
  EXPECT_EQ(request->outputs.front().name, "y");
  EXPECT_THAT(request->inputs.at("x").data<std::int64_t>(), ElementsAre(1, -2));
}

TEST(InferReply, MayHaveRawOrTypedContents) {
  inference::ModelInferResponse response;
  response.set_id("7");
  auto& output = *response.add_outputs();
  output.set_name("y");
  output.set_datatype("INT8");
  output.add_shape(2);
  output.mutable_contents()->add_int_contents(-1);
  output.mutable_contents()->add_int_contents(5);
  const auto typed = read_infer_reply(response.SerializeAsString());
  ASSERT_TRUE(typed) << typed.error().message;
  EXPECT_THAT(typed->outputs.at("y").data<std::int8_t>(), ElementsAre(-1, 5));
  output.clear_contents();
  response.add_raw_output_contents("\xff\x05");
  EXPECT_THAT(read_infer_reply(response.SerializeAsString())->outputs.at("y").data<std::int8_t>(), ElementsAre(-1, 5));
}

TEST(InferReply, ThatCannotBeReadSaysWhy) {
  inference::ModelInferResponse response;
  auto& output = *response.add_outputs();
  output.set_name("y");
  output.set_datatype("FP32");
  output.add_shape(2);
  const auto why = [&] {
    const auto reply = read_infer_reply(response.SerializeAsString());
    return reply ? "it was read" : reply.error().message;
  };
  EXPECT_THAT(why(), HasSubstr("output \"y\""));  // too few bytes
  response.add_raw_output_contents("12345678");
  EXPECT_EQ(why(), "it was read");
  response.add_raw_output_contents("1");
  EXPECT_THAT(why(), HasSubstr("not every output has contents"));
  response.clear_raw_output_contents();
  output.set_shape(0, -2);
  EXPECT_THAT(why(), HasSubstr("cannot be read"));
  EXPECT_FALSE(read_infer_reply("\xff"));
}

TEST(ModelReply, DescribesTensors) {
  inference::ModelMetadataResponse response;
  response.set_name("m");
  response.add_versions("4");
  auto& input = *response.add_inputs();
  input.set_name("x");
  input.set_datatype("UINT8");
  input.add_shape(-1);
  const auto model = read_model_reply(response.SerializeAsString());
  ASSERT_TRUE(model);
  EXPECT_EQ(model->inputs.front().dtype, DType::kUInt8);
  EXPECT_THAT(model->inputs.front().shape, ElementsAre(-1));
  input.set_datatype("STRING");
  EXPECT_FALSE(read_model_reply(response.SerializeAsString()));
}

}  // namespace

}  // namespace upkeep::serve
