#include "serve/fixture.hpp"

#include "base/format.hpp"
#include "log/reader.hpp"

namespace upkeep::serve {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string body_of(std::string_view data, std::string_view shape = "[1,2]", std::string_view rest = "") {
  return upkeep::format(R"({{{}"inputs":[{{"name":"x","shape":{},"datatype":"FP32","data":{}}}]}})", rest, shape, data);
}

class InferTest : public ServeTest {
 protected:
  void SetUp() override { put("m", shift_model(10)); }
};

TEST_F(InferTest, AnswersInJson) {
  EXPECT_EQ(json(200, "POST", "/v2/models/m/infer", body_of("[[1,2],[3,4]]", "[2,2]", R"("id":"a/1",)")),
            Json::parse(R"({"model_name":"m","model_version":"1","id":"a/1",
              "outputs":[{"name":"y","datatype":"FP32","shape":[2,2],"data":[11.0,12.0,13.0,14.0]}]})"));
}

TEST_F(InferTest, MakesAnIdWhereNoneIsGiven) {
  const std::string first = json(200, "POST", "/v2/models/m/infer", body_of("[1,2]"))["id"];
  const std::string second = json(200, "POST", "/v2/models/m/infer", body_of("[1,2]", "[1,2]", R"("id":"",)"))["id"];
  EXPECT_EQ(first.size(), 36U);
  EXPECT_EQ(second.size(), 36U);
  EXPECT_NE(first, second);
}

TEST_F(InferTest, AnswersInBinaryWhenAsked) {
  const HttpResponse response =
      ask("POST", "/v2/models/m/infer", body_of("[1,2]", "[1,2]", R"("id":"b","parameters":{"binary_data_output":true},)"));
  ASSERT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "application/octet-stream");
  ASSERT_THAT(response.headers, ElementsAre(testing::Pair("Inference-Header-Content-Length", testing::_)));
  const std::size_t length = std::stoul(response.headers[0].second);
  EXPECT_EQ(Json::parse(response.body.substr(0, length))["outputs"],
            Json::parse(R"([{"name":"y","datatype":"FP32","shape":[1,2],"parameters":{"binary_data_size":8}}])"));
  // 11.0f is 0x41300000, 12.0f is 0x41400000.
  EXPECT_EQ(response.body.substr(length), std::string("\x00\x00\x30\x41\x00\x00\x40\x41", 8));
}

TEST_F(InferTest, AnOutputMayDifferFromTheRest) {
  const std::string rest = R"("parameters":{"binary_data_output":true},"outputs":[{"name":"y","parameters":{"binary_data":false}}],)";
  EXPECT_EQ(json(200, "POST", "/v2/models/m/infer", body_of("[1,2]", "[1,2]", rest))["outputs"][0]["data"], (Json{11.0, 12.0}));
}

TEST_F(InferTest, AnEmptyBatchIsAnsweredEmpty) {
  const Json body = json(200, "POST", "/v2/models/m/infer", body_of("[]", "[0,2]"));
  EXPECT_EQ(body["outputs"][0]["shape"], (Json{0, 2}));
  EXPECT_EQ(body["outputs"][0]["data"], Json::array());
}

TEST_F(InferTest, CarriesEveryTypeBothWays) {
  const std::vector<std::tuple<DType, std::string, std::string>> cases{
      {DType::kBool, "BOOL", "[true,false]"},
      {DType::kInt8, "INT8", "[-128,127]"},
      {DType::kUInt8, "UINT8", "[0,255]"},
      {DType::kInt16, "INT16", "[-32768,32767]"},
      {DType::kUInt16, "UINT16", "[0,65535]"},
      {DType::kInt32, "INT32", "[-2147483648,2147483647]"},
      {DType::kUInt32, "UINT32", "[0,4294967295]"},
      {DType::kInt64, "INT64", "[-9223372036854775808,9223372036854775807]"},
      {DType::kUInt64, "UINT64", "[0,18446744073709551615]"},
      {DType::kFloat32, "FP32", "[0.5,-1.25]"},
      {DType::kFloat64, "FP64", "[0.1,-1e300]"},
      {DType::kString, "BYTES", R"(["a","é\n"])"}};
  for (const auto& [dtype, name, _] : cases) put("id-" + name, identity_model(dtype));
  for (const auto& [_, name, data] : cases) {
    SCOPED_TRACE(name);
    const std::string body = upkeep::format(R"({{"inputs":[{{"name":"in","shape":[2],"datatype":"{}","data":{}}}]}})", name, data);
    const Json output = json(200, "POST", upkeep::format("/v2/models/id-{}/infer", name), body)["outputs"][0];
    EXPECT_EQ(output["datatype"], name);
    EXPECT_EQ(output["data"], Json::parse(data));
  }
}

TEST_F(InferTest, HalfFloatsTravelAsBinaryOnly) {
  put("half", identity_model(DType::kFloat16));
  const std::string head = R"({"inputs":[{"name":"in","shape":[1],"datatype":"FP16","parameters":{"binary_data_size":2}}]})";
  const std::string length = std::to_string(head.size());
  const HttpResponse refused =
      ask("POST", "/v2/models/half/infer", head + std::string("\x00\x3c", 2), {{"Inference-Header-Content-Length", length}});
  EXPECT_EQ(refused.status, 400);
  EXPECT_THAT(refused.body, HasSubstr("ask for it with binary_data"));
  const HttpResponse raw =
      ask("POST", "/v2/models/half/infer", std::string_view("\x00\x3c", 2), {{"inference-header-content-length", "0"}});
  ASSERT_EQ(raw.status, 200) << raw.body;
  EXPECT_TRUE(raw.body.ends_with(std::string("\x00\x3c", 2)));
}

TEST_F(InferTest, RefusesWithTheReasonAndTheRightStatus) {
  const std::vector<std::tuple<int, std::string, std::string, std::string>> table{
      {404, "/v2/models/n/infer", body_of("[1,2]"), "m"},
      {404, "/v2/models/m/versions/2/infer", body_of("[1,2]"), "no version \"2\" loaded (loaded: 1, production = 1)"},
      {404, "/v2/models/m/versions/latest/infer", body_of("[1,2]"), "no version"},
      {400, "/v2/models/m/infer", "", "not valid"},
      {400, "/v2/models/m/infer", "{}", "input \"x\" is missing"},
      {400, "/v2/models/m/infer", body_of("[1]"), "data has 1 elements"},
      {400, "/v2/models/m/infer", body_of("[1,2,3]", "[1,3]"), "expects FP32[-1,2]"}};
  for (const auto& [status, path, body, reason] : table) {
    SCOPED_TRACE(path + " " + body);
    EXPECT_THAT(json(status, "POST", path, body)["error"].get<std::string>(), HasSubstr(reason));
  }
}

TEST_F(InferTest, AModelWithoutAVersionThatServesIs503) {
  put_broken("bad", shift_model(1));
  EXPECT_THAT(json(503, "POST", "/v2/models/bad/infer", body_of("[1,2]"))["error"].get<std::string>(), HasSubstr("not ready"));
}

TEST_F(InferTest, PinsAVersionThatIsLoaded) {
  put("m", shift_model(20));
  start(nullptr, {.versions = version_policy({"production"}, "all")});
  EXPECT_EQ(json(200, "POST", "/v2/models/m/infer", body_of("[1,2]"))["model_version"], "2");
  EXPECT_EQ(json(200, "POST", "/v2/models/m/versions/1/infer", body_of("[1,2]"))["outputs"][0]["data"], (Json{11.0, 12.0}));
  EXPECT_EQ(json(200, "POST", "/v2/models/m/versions/2/infer", body_of("[1,2]"))["outputs"][0]["data"], (Json{21.0, 22.0}));
}

TEST_F(InferTest, GivesTheHighestClassesWhereAsked) {
  Model model = shift_model(0);
  set(model.metadata, "upkeep.signature", R"({"outputs":[{"name":"y","answers":"classes","classes":["no","yes"]}]})");
  put("c", model);
  const std::string rest = R"("outputs":[{"name":"y","parameters":{"classification":1}}],)";
  const Json output = json(200, "POST", "/v2/models/c/infer", body_of("[[1,2],[4,3]]", "[2,2]", rest))["outputs"][0];
  EXPECT_EQ(output, Json::parse(R"({"name":"y","datatype":"BYTES","shape":[2,1],"data":["2.000000:1:yes","4.000000:0:no"]})"));
}

TEST_F(InferTest, LogsWhatItAnsweredAndWhatItRefused) {
  put("m", shift_model(10, {"age", "size"}));
  const TemporaryFolder logs;
  PredictionLog log({.folder = logs.path()});
  start(&log);
  ask("POST", "/v2/models/m/infer", body_of("[1,2,3,4]", "[2,2]", R"("id":"r",)"));
  ask("POST", "/v2/models/m/infer", body_of("[1]", "[1,2]", R"("id":"bad",)"));
  ask("POST", "/v2/models/m/infer", "not json");
  log.flush();
  const Table table = read_predictions(logs.path(), "m");
  ASSERT_EQ(table.rows(), 4);
  EXPECT_THAT(table.column("request_id").strings(), ElementsAre("r", "r", "bad", testing::SizeIs(36)));
  EXPECT_THAT(table.column("row").data<std::int32_t>(), ElementsAre(0, 1, 0, 0));
  EXPECT_THAT(table.column("version").data<std::int64_t>(), ElementsAre(2, 2, 2, 2));
  EXPECT_THAT(table.column("in.age").floats(), ElementsAre(1, 3, testing::IsNan(), testing::IsNan()));
  EXPECT_THAT(table.column("in.size").floats(), ElementsAre(2, 4, testing::IsNan(), testing::IsNan()));
  EXPECT_THAT(table.column("out.y.0").floats(), ElementsAre(11, 13, testing::IsNan(), testing::IsNan()));
  EXPECT_THAT(table.column("error").strings(), ElementsAre("", "", HasSubstr("1 elements"), HasSubstr("not valid")));
}

}  // namespace
}  // namespace upkeep::serve
