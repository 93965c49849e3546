#include "serve/grpc/documents.hpp"

#include <inference.pb.h>

namespace upkeep::serve {

namespace {

template <typename T>
T parsed(const Answer<std::string>& bytes) {
  T message;
  EXPECT_TRUE(bytes) << bytes.error().message;
  EXPECT_TRUE(message.ParseFromString(bytes.value_or("")));
  return message;
}

TEST(GrpcDocuments, RequestsNameTheirModel) {
  inference::ModelMetadataRequest request;
  request.set_name("m");
  request.set_version("2");
  const auto read = read_document_request("ModelMetadata", request.SerializeAsString());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->model, "m");
  EXPECT_EQ(read->version, "2");
  EXPECT_TRUE(read->body.is_null());
}

TEST(GrpcDocuments, ParametersAreWhatHttpSends) {
  inference::RepositoryModelLoadRequest request;
  request.set_model_name("m");
  auto& parameters = *request.mutable_parameters();
  parameters["config"].set_string_param("{}");
  parameters["count"].set_int64_param(-5);
  parameters["flag"].set_bool_param(true);
  parameters["file:1/model.onnx"].set_bytes_param("abc");
  const auto read = read_document_request("RepositoryModelLoad", request.SerializeAsString());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->model, "m");
  EXPECT_EQ(nlohmann::json::parse(read->body.dump()),
            nlohmann::json::parse(R"({"parameters": {"config": "{}", "count": -5, "flag": true, "file:1/model.onnx": "YWJj"}})"));
  request.set_repository_name("other");
  EXPECT_EQ(read_document_request("RepositoryModelLoad", request.SerializeAsString()).error().code, RefusalCode::kInvalid);
}

TEST(GrpcDocuments, SettingsAreTheBody) {
  inference::TraceSettingRequest request;
  (*request.mutable_settings())["trace_level"].add_value("TIMESTAMPS");
  request.set_model_name("m");
  const auto read = read_document_request("TraceSetting", request.SerializeAsString());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->model, "m");
  EXPECT_EQ(read->body, Json::parse(R"({"trace_level": ["TIMESTAMPS"]})"));
}

TEST(GrpcDocuments, WhatIsNoMessageIsRefused) {
  EXPECT_EQ(read_document_request("ModelMetadata", "\x0a\x05x").error().message, "the message is not a ModelMetadataRequest");
}

TEST(GrpcDocuments, DocumentsBecomeMessages) {
  const Json document = Json::parse(R"({"name": "m", "versions": ["1"], "platform": "onnx", "of_http": {"more": 1},
    "inputs": [{"name": "x", "datatype": "FP32", "shape": [-1, 4]}], "outputs": []})");
  const auto message = parsed<inference::ModelMetadataResponse>(write_document("ModelMetadata", "", document));
  EXPECT_EQ(message.name(), "m");
  EXPECT_THAT(message.inputs(0).shape(), testing::ElementsAre(-1, 4));
}

TEST(GrpcDocuments, ADocumentMayBeOneField) {
  const Json models = Json::parse(R"([{"name": "m", "version": "3", "state": "READY", "reason": ""}])");
  const auto index = parsed<inference::RepositoryIndexResponse>(write_document("RepositoryIndex", "models", models));
  EXPECT_EQ(index.models(0).version(), "3");
  const Json config = Json::parse(R"({"name": "m", "max_batch_size": 8, "input": [{"name": "x", "data_type": "TYPE_FP32", "dims": [4]}],
    "dynamic_batching": {"max_queue_delay_microseconds": 100}})");
  const auto answer = parsed<inference::ModelConfigResponse>(write_document("ModelConfig", "config", config));
  EXPECT_EQ(answer.config().max_batch_size(), 8);
  EXPECT_EQ(answer.config().input(0).data_type(), inference::TYPE_FP32);
  EXPECT_EQ(answer.config().dynamic_batching().max_queue_delay_microseconds(), 100u);
}

TEST(GrpcDocuments, SettingsAreMapsOfTypedValues) {
  const auto trace = parsed<inference::TraceSettingResponse>(
      write_document("TraceSetting", "settings", Json::parse(R"({"trace_level": ["OFF"], "trace_rate": "1000"})")));
  EXPECT_EQ(trace.settings().at("trace_level").value(0), "OFF");
  EXPECT_EQ(trace.settings().at("trace_rate").value(0), "1000");
  const auto log = parsed<inference::LogSettingsResponse>(
      write_document("LogSettings", "settings", Json::parse(R"({"log_info": true, "log_verbose_level": 2, "log_format": "default"})")));
  EXPECT_TRUE(log.settings().at("log_info").bool_param());
  EXPECT_EQ(log.settings().at("log_verbose_level").uint32_param(), 2u);
  EXPECT_EQ(log.settings().at("log_format").string_param(), "default");
}

TEST(GrpcDocuments, CountersKeepAllTheirDigits) {
  const Json document{{"model_stats", {{{"name", "m"}, {"inference_stats", {{"success", {{"count", 9007199254740993ull}, {"ns", 1}}}}}}}}};
  const auto message = parsed<inference::ModelStatisticsResponse>(write_document("ModelStatistics", "", document));
  EXPECT_EQ(message.model_stats(0).inference_stats().success().count(), 9007199254740993u);
}

}  // namespace

}  // namespace upkeep::serve
