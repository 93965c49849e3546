#include "serve/grpc/service.hpp"

#include <google/protobuf/descriptor.pb.h>
#include <grpc/health/v1/health.pb.h>
#include <grpc/reflection/v1/reflection.pb.h>
#include <inference.pb.h>

#include "base/files.hpp"
#include "base/sha256.hpp"
#include "serve/fixture.hpp"
#include "serve/grpc/framing.hpp"
#include "serve/http2/test_peer.hpp"

namespace upkeep::serve {

namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

class GrpcServiceTest : public ServeTest {
 protected:
  void SetUp() override {
    put("m", shift_model(10));
    start();
    context.emplace(endpoints::Context{
        .engine = *engine, .inference = *inference, .telemetry = telemetry, .log = nullptr, .keeper = nullptr, .draining = draining});
    backend.emplace(GrpcBackend{.context = *context, .max_message_bytes = 1 << 20});
    peer.emplace([this](Http2Session& session, std::int32_t stream, Http2Head head) { return open_grpc(*backend, session, stream, head); });
  }
  void TearDown() override {
    while (auto step = peer->owner->take()) (*step)(peer->session);
  }

  std::int32_t open(const std::string& path, const std::string& body, bool whole = true, Http2Headers more = {}) {
    Http2Headers headers = TestPeer::head("POST", path);
    if (std::ranges::none_of(more, [](const auto& pair) { return pair.first == "content-type"; }))
      headers.emplace_back("content-type", "application/grpc");
    headers.insert(headers.end(), more.begin(), more.end());
    return peer->request(headers, body, whole);
  }

  const PeerReply& call(const std::string& method, const google::protobuf::MessageLite& request, Http2Headers more = {}) {
    return peer->answer(open("/inference.GRPCInferenceService/" + method, grpc_frame(request.SerializeAsString(), ""), true, more));
  }

  static std::string status(const PeerReply& reply) {
    return reply.headers.contains("grpc-status")
               ? reply.headers.at("grpc-status") + " " + (reply.headers.contains("grpc-message") ? reply.headers.at("grpc-message") : "")
               : "none";
  }

  // The messages of a reply that ended well.
  template <typename T>
  static std::vector<T> messages(const PeerReply& reply) {
    EXPECT_EQ(status(reply), "0 ");
    std::vector<T> all;
    GrpcMessages reader("", 1 << 20);
    std::string_view rest = reply.body;
    while (!rest.empty()) {
      std::string bytes;
      if (!reader.take(rest, bytes).value_or(false)) break;
      EXPECT_TRUE(all.emplace_back().ParseFromString(bytes));
    }
    return all;
  }
  template <typename T>
  static T message(const PeerReply& reply) {
    const std::vector<T> all = messages<T>(reply);
    EXPECT_EQ(all.size(), 1u);
    return all.empty() ? T() : all.front();
  }

  static inference::ModelInferRequest request_of(const std::string& id, std::vector<float> values, const std::string& model = "m") {
    inference::ModelInferRequest request;
    request.set_model_name(model);
    request.set_id(id);
    auto& input = *request.add_inputs();
    input.set_name("x");
    input.set_datatype("FP32");
    input.add_shape(static_cast<std::int64_t>(values.size() / 2));
    input.add_shape(2);
    for (const float value : values) input.mutable_contents()->add_fp32_contents(value);
    return request;
  }
  static std::vector<float> values_of(const inference::ModelInferResponse& response) {
    const std::string& raw = response.raw_output_contents(0);
    std::vector<float> values(raw.size() / sizeof(float));
    std::memcpy(values.data(), raw.data(), raw.size());
    return values;
  }

  std::optional<endpoints::Context> context;
  std::optional<GrpcBackend> backend;
  std::optional<TestPeer> peer;
};

TEST_F(GrpcServiceTest, Infers) {
  const auto answer = message<inference::ModelInferResponse>(call("ModelInfer", request_of("7", {1, 2})));
  EXPECT_EQ(answer.model_name(), "m");
  EXPECT_EQ(answer.model_version(), "1");
  EXPECT_EQ(answer.id(), "7");
  EXPECT_THAT(values_of(answer), ElementsAre(11, 12));
}

TEST_F(GrpcServiceTest, RefusalsAreStatuses) {
  EXPECT_THAT(status(call("ModelInfer", request_of("", {1, 2}, "nobody"))), testing::StartsWith("5 "));
  auto wrong = request_of("", {1, 2});
  wrong.mutable_inputs(0)->set_name("z");
  EXPECT_THAT(status(call("ModelInfer", wrong)), testing::StartsWith("3 "));
  wrong.clear_inputs();
  EXPECT_EQ(status(call("ModelInfer", wrong)), "3 input \"x\" is missing: the model expects FP32[-1,2]");
}

TEST_F(GrpcServiceTest, AStreamIsAnsweredInItsOrder) {
  std::string body;
  for (int i = 0; i < 200; ++i) {
    auto request = request_of(std::to_string(i), {float(i), 0});
    if (i % 7 == 3) request.mutable_inputs(0)->set_name("z");
    body += grpc_frame(request.SerializeAsString(), "");
  }
  const PeerReply& reply = peer->answer(open("/inference.GRPCInferenceService/ModelStreamInfer", body));
  const auto answers = messages<inference::ModelStreamInferResponse>(reply);
  ASSERT_EQ(answers.size(), 200u);
  for (int i = 0; i < 200; ++i) {
    const auto& answer = answers[static_cast<std::size_t>(i)];
    EXPECT_EQ(answer.infer_response().id(), std::to_string(i));
    if (i % 7 == 3) EXPECT_THAT(answer.error_message(), HasSubstr("\"z\""));
    else EXPECT_THAT(values_of(answer.infer_response()), ElementsAre(10 + i, 10));
  }
}

TEST_F(GrpcServiceTest, AStreamMayEndAtItsFirstRefusal) {
  std::string body = grpc_frame(request_of("0", {1, 2}).SerializeAsString(), "");
  body += grpc_frame(request_of("1", {1, 2}, "nobody").SerializeAsString(), "");
  const PeerReply& reply =
      peer->answer(open("/inference.GRPCInferenceService/ModelStreamInfer", body, false, {{"triton_grpc_error", "true"}}));
  EXPECT_THAT(status(reply), testing::StartsWith("5 "));
  EXPECT_FALSE(reply.body.empty());
}

TEST_F(GrpcServiceTest, DocumentsOfTheEndpointsAreMessages) {
  EXPECT_TRUE(message<inference::ServerLiveResponse>(call("ServerLive", inference::ServerLiveRequest())).live());
  EXPECT_TRUE(message<inference::ServerReadyResponse>(call("ServerReady", inference::ServerReadyRequest())).ready());
  EXPECT_EQ(message<inference::ServerMetadataResponse>(call("ServerMetadata", inference::ServerMetadataRequest())).name(), "upkeep");
  inference::ModelReadyRequest ready;
  ready.set_name("m");
  EXPECT_TRUE(message<inference::ModelReadyResponse>(call("ModelReady", ready)).ready());
  ready.set_name("nobody");
  EXPECT_FALSE(message<inference::ModelReadyResponse>(call("ModelReady", ready)).ready());
  inference::ModelMetadataRequest metadata;
  metadata.set_name("m");
  EXPECT_THAT(message<inference::ModelMetadataResponse>(call("ModelMetadata", metadata)).inputs(0).shape(), ElementsAre(-1, 2));
  metadata.set_name("nobody");
  EXPECT_THAT(status(call("ModelMetadata", metadata)), testing::StartsWith("5 "));
  inference::ModelConfigRequest config;
  config.set_name("m");
  EXPECT_EQ(message<inference::ModelConfigResponse>(call("ModelConfig", config)).config().input(0).data_type(), inference::TYPE_FP32);
  EXPECT_EQ(message<inference::RepositoryIndexResponse>(call("RepositoryIndex", inference::RepositoryIndexRequest())).models(0).name(),
            "m");
}

TEST_F(GrpcServiceTest, StatisticsAreTheSameAsHttps) {
  call("ModelInfer", request_of("", {1, 2, 3, 4}));
  inference::ModelStatisticsRequest request;
  request.set_name("m");
  const auto answer = message<inference::ModelStatisticsResponse>(call("ModelStatistics", request));
  EXPECT_EQ(answer.model_stats(0).inference_count(), 2u);
  EXPECT_EQ(answer.model_stats(0).inference_stats().success().count(), 1u);
}

TEST_F(GrpcServiceTest, WhatIsNoCallIsRefused) {
  const std::string body = grpc_frame("", "");
  EXPECT_THAT(status(peer->answer(open("/inference.GRPCInferenceService/Nothing", body))), testing::StartsWith("12 there is no method"));
  EXPECT_THAT(status(peer->answer(open("/x", body))), testing::StartsWith("12 "));
  const std::string live = "/inference.GRPCInferenceService/ServerLive";
  EXPECT_THAT(status(peer->answer(open(live, body, true, {{"grpc-encoding", "snappy"}}))), testing::StartsWith("12 "));
  EXPECT_THAT(status(peer->answer(open(live, body, true, {{"grpc-timeout", "soon"}}))), testing::StartsWith("3 "));
  EXPECT_THAT(status(peer->answer(open(live, body, true, {{"content-type", "application/grpc+json"}}))), testing::StartsWith("12 "));
  EXPECT_THAT(status(peer->answer(open(live, body, true, {{"x", std::string(20'000, 'x')}}))), testing::StartsWith("8 "));
  EXPECT_THAT(status(peer->answer(open(live, ""))), testing::StartsWith("3 the call has no message"));
  EXPECT_THAT(status(peer->answer(open(live, body + body))), testing::StartsWith("3 one message is expected"));
  const std::string infer = "/inference.GRPCInferenceService/ModelInfer";
  EXPECT_THAT(status(peer->answer(open(infer, grpc_frame("\xff", "")))), testing::StartsWith("3 the message is not"));
}

TEST_F(GrpcServiceTest, WhoMayNotIsRefused) {
  const auto tokens = folder.path() / "tokens.yaml", audited = folder.path() / "audit.log";
  write_file(tokens, "tokens: [{name: shop, sha256: \"" + sha256("upk_shop") + "\", allow: {infer: [m]}}, {name: boss, sha256: \"" +
                         sha256("upk_boss") + "\", allow: {admin: [\"*\"]}}]\n");
  Access access({.tokens = tokens});
  const Audit audit(audited);
  context->access = &access;
  context->audit = &audit;
  const Http2Headers shop{{"authorization", "Bearer upk_shop"}}, boss{{"authorization", "Bearer upk_boss"}};
  EXPECT_THAT(status(call("ModelInfer", request_of("", {1, 2}))), testing::StartsWith("16 "));
  EXPECT_EQ(status(call("ModelInfer", request_of("", {1, 2}), shop)), "0 ");
  EXPECT_THAT(status(call("ModelInfer", request_of("", {1, 2}, "other"), shop)), testing::StartsWith("7 shop may not"));
  EXPECT_THAT(status(call("ModelInfer", request_of("", {1, 2}), boss)), testing::StartsWith("7 "));
  EXPECT_EQ(status(call("ServerLive", inference::ServerLiveRequest())), "0 ");
  inference::RepositoryModelUnloadRequest unload;
  unload.set_model_name("m");
  EXPECT_THAT(status(call("RepositoryModelUnload", unload, shop)), testing::StartsWith("7 "));
  EXPECT_EQ(status(call("RepositoryModelUnload", unload, boss)), "0 ");
  const std::string lines = read_file(audited);
  EXPECT_THAT(lines, HasSubstr("\"boss\""));
  EXPECT_EQ(std::ranges::count(lines, '\n'), 2);
  context->access = nullptr;
  context->audit = nullptr;
}

TEST_F(GrpcServiceTest, HealthIsThatOfTheServerOrOfAModel) {
  using grpc::health::v1::HealthCheckResponse;
  const auto check = [&](const std::string& name) -> const PeerReply& {
    grpc::health::v1::HealthCheckRequest request;
    request.set_service(name);
    return peer->answer(open("/grpc.health.v1.Health/Check", grpc_frame(request.SerializeAsString(), "")));
  };
  EXPECT_EQ(message<HealthCheckResponse>(check("")).status(), HealthCheckResponse::SERVING);
  EXPECT_EQ(message<HealthCheckResponse>(check("m")).status(), HealthCheckResponse::SERVING);
  EXPECT_EQ(status(check("nobody")), "5 there is no model \"nobody\"");
  draining = true;
  EXPECT_EQ(message<HealthCheckResponse>(check("")).status(), HealthCheckResponse::NOT_SERVING);
}

TEST_F(GrpcServiceTest, WatchersOfHealthAreToldOfTheEnd) {
  using grpc::health::v1::HealthCheckResponse;
  const std::int32_t stream = open("/grpc.health.v1.Health/Watch", grpc_frame("", ""));
  peer->talk();
  const std::size_t one = peer->replies[stream].body.size();
  EXPECT_EQ(peer->replies[stream].body, grpc_frame("\x08\x01", ""));
  peer->session.tick(peer->now);
  peer->talk();
  EXPECT_EQ(peer->replies[stream].body.size(), one);  // nothing has changed
  draining = true;
  peer->session.tick(peer->now);
  peer->session.tick(peer->now);
  peer->talk();
  EXPECT_EQ(peer->replies[stream].body.substr(one), grpc_frame("\x08\x02", ""));
  EXPECT_EQ(status(peer->replies[stream]), "14 the server is shutting down");
}

TEST_F(GrpcServiceTest, ReflectionShowsServicesAndFiles) {
  using grpc::reflection::v1::ServerReflectionRequest;
  using grpc::reflection::v1::ServerReflectionResponse;
  ServerReflectionRequest list, symbol, unknown;
  list.set_list_services("");
  symbol.set_file_containing_symbol("inference.GRPCInferenceService");
  unknown.set_file_containing_symbol("google.protobuf.Any");
  std::string body;
  for (const auto* request : {&list, &symbol, &unknown}) body += grpc_frame(request->SerializeAsString(), "");
  for (const std::string version : {"v1", "v1alpha"}) {
    const auto answers = messages<ServerReflectionResponse>(
        peer->answer(open("/grpc.reflection." + version + ".ServerReflection/ServerReflectionInfo", body)));
    ASSERT_EQ(answers.size(), 3u);
    std::vector<std::string> names;
    for (const auto& service_name : answers[0].list_services_response().service()) names.push_back(service_name.name());
    EXPECT_THAT(names, testing::UnorderedElementsAre("inference.GRPCInferenceService", "grpc.health.v1.Health",
                                                     "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"));
    EXPECT_EQ(answers[1].file_descriptor_response().file_descriptor_proto_size(), 2);  // with the one it imports
    google::protobuf::FileDescriptorProto file;
    EXPECT_TRUE(file.ParseFromString(answers[1].file_descriptor_response().file_descriptor_proto(0)));
    EXPECT_EQ(file.service(0).name(), "GRPCInferenceService");
    EXPECT_EQ(answers[2].error_response().error_code(), 5);
  }
}

}  // namespace

}  // namespace upkeep::serve
