#include "data/table.hpp"
#include "graph/onnx.hpp"
#include "graph/signature.hpp"
#include "serve/fixture.hpp"

namespace upkeep::endpoints {

namespace {

// y = 2 a - 3 b + 1
Model linear() {
  Model model = model_from_text(R"(
    <ir_version: 8, opset_import: ["": 17]>
    linear (float[N, 2] x) => (float[N, 1] y)
      <float[2, 1] w = {2, -3}, float[1] b = {1}>
    { z = MatMul(x, w) y = Add(z, b) })");
  Signature signature = signature_of(model);
  signature.inputs[0].features = {{.column = "a"}, {.column = "b"}};
  set_signature(model, signature);
  return model;
}

constexpr std::string_view kRequest =
    R"({"id": "q7", "inputs": [{"name": "x", "shape": [2, 2], "datatype": "FP32", "data": [5, 1, 0, 0]}], "parameters": PARAMETERS})";

std::string request(const std::string& parameters) {
  std::string text(kRequest);
  return text.replace(text.find("PARAMETERS"), 10, parameters);
}

}  // namespace

class ExplainEndpoint : public serve::ServeTest {
 protected:
  // With a reference whose means are a = 2 and b = 3.
  void put_explained() {
    Table table;
    table.add("a", Tensor({2}, std::vector<float>{1, 3}));
    table.add("b", Tensor({2}, std::vector<float>{2, 4}));
    const TemporaryFolder scratch;
    save_table(table, scratch / "reference.parquet");
    const Json facts{{"reference", {{"sha256", registry.keep(read_file(scratch / "reference.parquet"))}, {"rows", 2}}}};
    registry.promote("line", registry.publish("line", linear(), "", facts).version, "production");
    explained.models = {"li*"};
  }
};

TEST_F(ExplainEndpoint, ExplainsEachRowBesideTheReference) {
  put_explained();
  const Json answer = json(200, "POST", "/v2/models/line/explain", request(R"({"method": "exact-shapley"})"));
  EXPECT_EQ(answer["id"], "q7");
  EXPECT_EQ(answer["model_version"], "1");
  ASSERT_EQ(answer["explanations"].size(), 2U);
  const Json& first = answer["explanations"][0];
  EXPECT_NEAR(first["base"].get<double>(), 2 * 2 - 3 * 3 + 1, 1e-5);
  EXPECT_EQ(first["attributions"][0]["feature"], "a");
  EXPECT_NEAR(first["attributions"][0]["attribution"].get<double>(), 2 * (5 - 2), 1e-5);
  EXPECT_NEAR(first["attributions"][1]["attribution"].get<double>(), -3 * (1 - 3), 1e-5);
  EXPECT_LT(first["honesty"]["additivity_error"].get<double>(), 1e-5);
}

TEST_F(ExplainEndpoint, IsOffUnlessTheModelIsNamed) {
  put("line", linear());
  const Json refused = json(403, "POST", "/v2/models/line/explain", request("{}"));
  EXPECT_THAT(refused["error"].get<std::string>(), testing::HasSubstr("--explain MODEL"));
}

TEST_F(ExplainEndpoint, RefusesWhatItCannotDoAndSaysWhy) {
  put_explained();
  explained.most_evaluations = 3;
  const auto error = [&](int status, const std::string& parameters) {
    return json(status, "POST", "/v2/models/line/explain", request(parameters))["error"].get<std::string>();
  };
  EXPECT_THAT(error(400, R"({"method": "shapp"})"), testing::HasSubstr("exact-shapley"));
  EXPECT_THAT(error(400, R"({"depth": 3})"), testing::HasSubstr("parameter \"depth\""));
  EXPECT_THAT(error(400, R"({"element": "lily"})"), testing::HasSubstr("unknown element"));
  EXPECT_THAT(error(413, R"({"method": "exact-shapley"})"), testing::HasSubstr("budget of 3 evaluations"));
  EXPECT_THAT(error(413, R"({"method": "exact-shapley"})"), testing::HasSubstr("budget of 3 evaluations")) << "each request has its own";
}

TEST_F(ExplainEndpoint, ARowAsTheModelReadsIt) {
  put_explained();
  const std::string wrong = R"({"inputs": [{"name": "x", "shape": [1, 3], "datatype": "FP32", "data": [5, 1, 0]}]})";
  EXPECT_THAT(json(400, "POST", "/v2/models/line/explain", wrong)["error"].get<std::string>(), testing::HasSubstr("x"));
  EXPECT_THAT(json(404, "POST", "/v2/models/linen/explain", wrong)["error"].get<std::string>(), testing::HasSubstr("linen"));
}

}  // namespace upkeep::endpoints
