#include "serve/infer_response.hpp"

#include <cmath>

#include "serve/fixture.hpp"

namespace upkeep::serve {
namespace {

using testing::HasSubstr;

class InferResponseTest : public testing::Test {
 protected:
  Telemetry telemetry;
  LoadedModel model{{.model = "m", .version = 2}, shift_model(1), 1, telemetry.version("m", 2)};

  Answer<HttpResponse> write(const Tensor& y, std::optional<bool> binary = {}) {
    return write_infer_response(model, {.outputs = {{"y", binary}}}, "i\"d", {{"y", y}});
  }
};

TEST_F(InferResponseTest, IsValidJsonWithNumbersThatReadBackExactly) {
  const auto response = write(Tensor({1, 2}, std::vector<float>{0.1F, -1e-38F}));
  const Json body = Json::parse(response->body);
  EXPECT_EQ(body["id"], "i\"d");
  EXPECT_EQ(body["model_version"], "2");
  EXPECT_EQ(body["outputs"][0]["data"][0].get<float>(), 0.1F);
  EXPECT_EQ(body["outputs"][0]["data"][1].get<float>(), -1e-38F);
}

TEST_F(InferResponseTest, StaysValidJsonWhereANumberIsNotFinite) {
  EXPECT_EQ(Json::parse(write(Tensor({1, 2}, std::vector<float>{NAN, INFINITY}))->body)["outputs"][0]["data"], (Json{nullptr, nullptr}));
}

TEST_F(InferResponseTest, RefusesWhatHasNoJsonFormAndSendsItAsBinary) {
  const Tensor half = Tensor({1}, std::vector<float>{1}).cast(DType::kFloat16);
  EXPECT_THAT(write(half).error().message, HasSubstr("ask for it with binary_data"));
  EXPECT_TRUE(write(half, true));
  const Tensor bytes({1}, std::vector<std::string>{"\xff"});
  EXPECT_EQ(write(bytes).error().status, 400);
  EXPECT_TRUE(write(bytes, true)->body.ends_with(std::string("\x01\x00\x00\x00\xff", 5)));
}

TEST_F(InferResponseTest, AnEmptyBinaryOutputStillHasTheHeader) {
  const auto response = write(Tensor({0, 2}, std::vector<float>{}), true);
  ASSERT_EQ(response->headers.size(), 1U);
  EXPECT_EQ(response->headers[0].second, std::to_string(response->body.size()));
}

}  // namespace
}  // namespace upkeep::serve
