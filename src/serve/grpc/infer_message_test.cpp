#include "serve/grpc/infer_message.hpp"

#include "serve/protocol/binary_tensor.hpp"
#include "serve/protocol/datatypes.hpp"

namespace upkeep::serve {

namespace {

using inference::ModelInferRequest;
using testing::HasSubstr;

std::vector<TensorSpec> specs_of(DType dtype, std::vector<Dim> dims = {Dim{}, Dim{2}}) {
  return {{.name = "x", .dtype = dtype, .dims = dims}};
}

ModelInferRequest::InferInputTensor& add_input(ModelInferRequest& request, const std::string& name, const std::string& datatype,
                                               const Shape& shape) {
  auto& input = *request.add_inputs();
  input.set_name(name);
  input.set_datatype(datatype);
  for (const std::int64_t dim : shape) input.add_shape(dim);
  return input;
}

Answer<InferRequest> read(const ModelInferRequest& request, const std::vector<TensorSpec>& specs) {
  const std::string bytes = request.SerializeAsString();
  const auto message = parse_infer_message(bytes);
  if (!message) return std::unexpected(message.error());
  return read_infer_message(*message, specs);
}

std::string refusal(const ModelInferRequest& request, const std::vector<TensorSpec>& specs) {
  const auto read_request = read(request, specs);
  return read_request ? "it was read" : read_request.error().message;
}

TEST(InferMessage, RawContentsAreTensors) {
  ModelInferRequest request;
  request.set_id("7");
  add_input(request, "x", "FP32", {1, 2});
  const float values[] = {1.5f, -2.0f};
  request.add_raw_input_contents(values, sizeof(values));
  const auto made = read(request, specs_of(DType::kFloat32));
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->id, "7");
  EXPECT_THAT(made->inputs.at("x").data<float>(), testing::ElementsAre(1.5f, -2.0f));
}

// The elements 0 and 1 of every type that has typed contents, beside the same as raw bytes.
TEST(InferMessage, TypedContentsAreTheSameTensors) {
  const auto check = [](const std::string& datatype, auto fill, std::string raw) {
    const DType dtype = *dtype_of(datatype);
    ModelInferRequest typed;
    fill(*add_input(typed, "x", datatype, {1, 2}).mutable_contents());
    const auto made = read(typed, specs_of(dtype));
    ASSERT_TRUE(made) << datatype << made.error().message;
    EXPECT_EQ(write_binary(made->inputs.at("x")), raw) << datatype;
  };
  const auto bytes = [](auto one) {
    const decltype(one) both[] = {0, one};
    return std::string(reinterpret_cast<const char*>(both), sizeof(both));
  };
  const auto ints = [](auto& contents) { contents.add_int_contents(0), contents.add_int_contents(1); };
  const auto uints = [](auto& contents) { contents.add_uint_contents(0), contents.add_uint_contents(1); };
  check("BOOL", [](auto& contents) { contents.add_bool_contents(false), contents.add_bool_contents(true); }, std::string("\0\1", 2));
  check("INT8", ints, bytes(std::int8_t{1}));
  check("INT16", ints, bytes(std::int16_t{1}));
  check("INT32", ints, bytes(std::int32_t{1}));
  check("INT64", [](auto& contents) { contents.add_int64_contents(0), contents.add_int64_contents(1); }, bytes(std::int64_t{1}));
  check("UINT8", uints, bytes(std::uint8_t{1}));
  check("UINT16", uints, bytes(std::uint16_t{1}));
  check("UINT32", uints, bytes(std::uint32_t{1}));
  check("UINT64", [](auto& contents) { contents.add_uint64_contents(0), contents.add_uint64_contents(1); }, bytes(std::uint64_t{1}));
  check("FP32", [](auto& contents) { contents.add_fp32_contents(0), contents.add_fp32_contents(1); }, bytes(1.0f));
  check("FP64", [](auto& contents) { contents.add_fp64_contents(0), contents.add_fp64_contents(1); }, bytes(1.0));
  check(
      "BYTES", [](auto& contents) { contents.add_bytes_contents("a"), contents.add_bytes_contents(std::string("\0", 1)); },
      std::string("\1\0\0\0a\1\0\0\0\0", 10));
}

TEST(InferMessage, HalfFloatsAreRawOnly) {
  ModelInferRequest request;
  add_input(request, "x", "FP16", {1, 2}).mutable_contents()->add_fp32_contents(1);
  EXPECT_EQ(refusal(request, specs_of(DType::kFloat16)), "input \"x\": FP16 has no typed contents, send it as raw_input_contents");
}

TEST(InferMessage, RawAndTypedContentsAreNotMixed) {
  ModelInferRequest request;
  add_input(request, "x", "FP32", {1, 2}).mutable_contents()->add_fp32_contents(1);
  request.add_raw_input_contents("12345678");
  EXPECT_EQ(refusal(request, specs_of(DType::kFloat32)), "input \"x\" has both contents and raw_input_contents: give one of them");
  request.add_raw_input_contents("12345678");
  EXPECT_EQ(refusal(request, specs_of(DType::kFloat32)), "there are 1 inputs, but 2 raw_input_contents: one for each, in order, or none");
}

TEST(InferMessage, ContentsOfAnotherTypeAreRefused) {
  ModelInferRequest request;
  auto& contents = *add_input(request, "x", "FP32", {1, 2}).mutable_contents();
  contents.add_fp64_contents(1);
  EXPECT_EQ(refusal(request, specs_of(DType::kFloat32)),
            "input \"x\" is FP32, whose elements belong into fp32_contents, not fp64_contents");
}

TEST(InferMessage, NumbersOutOfRangeAreRefused) {
  ModelInferRequest request;
  auto& contents = *add_input(request, "x", "INT8", {1, 2}).mutable_contents();
  contents.add_int_contents(1);
  contents.add_int_contents(128);
  EXPECT_EQ(refusal(request, specs_of(DType::kInt8)), "input \"x\": 128 is out of range");
}

TEST(InferMessage, ShapesMustFit) {
  const auto specs = specs_of(DType::kFloat32);
  ModelInferRequest request;
  add_input(request, "x", "FP32", {1, 2}).mutable_contents()->add_fp32_contents(1);
  EXPECT_EQ(refusal(request, specs), "input \"x\": 1 elements are given, shape [1, 2] needs 2");
  request.mutable_inputs(0)->set_shape(1, 3);
  EXPECT_EQ(refusal(request, specs), "input \"x\" is FP32[1,3], the model expects FP32[-1,2]");
  request.mutable_inputs(0)->set_shape(1, -2);
  EXPECT_EQ(refusal(request, specs), "input \"x\": the shape has the negative dimension -2");
  request.mutable_inputs(0)->set_shape(0, std::int64_t{1} << 40);
  request.mutable_inputs(0)->set_shape(1, std::int64_t{1} << 40);
  EXPECT_EQ(refusal(request, specs), "input \"x\": the shape has too many elements");
}

TEST(InferMessage, WhatIsMissingOrTwiceIsRefused) {
  const auto specs = specs_of(DType::kFloat32);
  ModelInferRequest request;
  add_input(request, "", "FP32", {1, 2});
  EXPECT_EQ(refusal(request, specs), "an input has no name");
  request.mutable_inputs(0)->set_name("x");
  request.mutable_inputs(0)->set_datatype("FLOAT");
  EXPECT_EQ(refusal(request, specs), "input \"x\": there is no datatype \"FLOAT\"");
  request.mutable_inputs(0)->set_datatype("FP32");
  add_input(request, "x", "FP32", {1, 2});
  request.add_raw_input_contents("12345678");
  request.add_raw_input_contents("12345678");
  EXPECT_EQ(refusal(request, specs), "input \"x\" is given twice");
  request.mutable_inputs(1)->set_name("y");
  EXPECT_THAT(refusal(request, specs), HasSubstr("\"y\""));
}

TEST(InferMessage, ParametersSayPriorityAndTimeout) {
  ModelInferRequest request;
  add_input(request, "x", "FP32", {1, 2});
  request.add_raw_input_contents("12345678");
  (*request.mutable_parameters())["priority"].set_uint64_param(3);
  (*request.mutable_parameters())["timeout"].set_int64_param(1500);
  (*request.mutable_parameters())["of_others"].set_string_param("x");
  const auto made = read(request, specs_of(DType::kFloat32));
  ASSERT_TRUE(made);
  EXPECT_EQ(made->priority, 3u);
  EXPECT_EQ(made->timeout, std::chrono::microseconds(1500));
  (*request.mutable_parameters())["timeout"].set_int64_param(-1);
  EXPECT_EQ(refusal(request, specs_of(DType::kFloat32)),
            "parameter \"timeout\" must be a number that is not negative, in uint64_param or int64_param");
}

TEST(InferMessage, SequencesAndSharedMemoryAreRefused) {
  ModelInferRequest sequence;
  (*sequence.mutable_parameters())["sequence_id"].set_int64_param(1);
  EXPECT_EQ(refusal(sequence, {}), "sequences are not supported: each request is answered by itself");
  ModelInferRequest memory;
  (*add_input(memory, "x", "FP32", {1, 2}).mutable_parameters())["shared_memory_region"].set_string_param("r");
  EXPECT_EQ(refusal(memory, specs_of(DType::kFloat32)), "shared memory is not supported: send the data itself");
}

TEST(InferMessage, OutputsMayAskForClasses) {
  ModelInferRequest request;
  auto& output = *request.add_outputs();
  output.set_name("y");
  (*output.mutable_parameters())["classification"].set_int64_param(3);
  const auto made = read(request, {});
  ASSERT_TRUE(made);
  EXPECT_EQ(made->outputs.front().name, "y");
  EXPECT_EQ(made->outputs.front().classification, 3);
  (*output.mutable_parameters())["classification"].set_int64_param(0);
  EXPECT_EQ(refusal(request, {}), "output \"y\": classification asks for a number of classes, at least 1");
}

TEST(InferMessage, FieldsMayComeInAnyOrderAndUnknownOnesAreSkipped) {
  ModelInferRequest request;
  add_input(request, "x", "FP32", {1, 2});
  ModelInferRequest raw;
  raw.add_raw_input_contents("12345678");
  const std::string unknown = "\xf8\x06\x01";  // field 111, a number
  const std::string bytes = raw.SerializeAsString() + unknown + request.SerializeAsString();
  const auto message = parse_infer_message(bytes);
  ASSERT_TRUE(message);
  EXPECT_TRUE(read_infer_message(*message, specs_of(DType::kFloat32)));
}

TEST(InferMessage, WhatIsNoMessageIsRefused) {
  for (const std::string bytes : {"\x3a\x05xx", "\x0a", "\xff\xff\xff\xff\xff\xff", "\x3a\xff\xff\xff\xff\x0f", "\x0a\x01\xff"})
    EXPECT_EQ(parse_infer_message(bytes).error().message, "the message is not a ModelInferRequest");
}

TEST(InferMessage, AnswersAreReadByProtobuf) {
  InferAnswer answer{.model = "m", .version = "3", .id = "7", .outputs = {}};
  answer.outputs.emplace_back("y", Tensor({2, 1}, std::vector<float>{1, 2}));
  answer.outputs.emplace_back("label", Tensor({1}, std::vector<std::string>{"cat"}));
  inference::ModelInferResponse response;
  ASSERT_TRUE(response.ParseFromString(write_infer_message(answer).value()));
  EXPECT_EQ(response.model_name(), "m");
  EXPECT_EQ(response.model_version(), "3");
  EXPECT_EQ(response.id(), "7");
  ASSERT_EQ(response.outputs_size(), 2);
  EXPECT_EQ(response.outputs(0).datatype(), "FP32");
  EXPECT_THAT(response.outputs(0).shape(), testing::ElementsAre(2, 1));
  ASSERT_EQ(response.raw_output_contents_size(), 2);
  EXPECT_EQ(response.raw_output_contents(0), std::string("\0\0\x80\x3f\0\0\0\x40", 8));
  EXPECT_EQ(response.raw_output_contents(1), std::string("\3\0\0\0cat", 7));
}

TEST(InferMessage, AnswersInAStreamSayThatTheyAreTheLast) {
  inference::ModelStreamInferResponse response;
  ASSERT_TRUE(
      response.ParseFromString(stream_message(write_infer_message({.model = "m", .version = "1", .id = "7", .outputs = {}}).value())));
  EXPECT_EQ(response.infer_response().id(), "7");
  EXPECT_TRUE(response.infer_response().parameters().at("triton_final_response").bool_param());
  ASSERT_TRUE(response.ParseFromString(stream_error("8", "no")));
  EXPECT_EQ(response.error_message(), "no");
  EXPECT_EQ(response.infer_response().id(), "8");
}

}  // namespace

}  // namespace upkeep::serve
