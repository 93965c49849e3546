#include "serve/protocol/infer_response.hpp"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.hpp"

namespace upkeep::serve {
namespace {

using testing::HasSubstr;

Answer<HttpResponse> write(const Tensor& y, std::optional<bool> binary = {}) {
  return write_infer_response({.model = "m", .version = "2", .id = "i\"d", .outputs = {{"y", y}}}, {.asked = {{"y", binary}}});
}

TEST(InferResponse, IsValidJsonWithNumbersThatReadBackExactly) {
  const auto response = write(Tensor({1, 2}, std::vector<float>{0.1F, -1e-38F}));
  const Json body = Json::parse(response->body);
  EXPECT_EQ(body["id"], "i\"d");
  EXPECT_EQ(body["model_version"], "2");
  EXPECT_EQ(body["outputs"][0]["data"][0].get<float>(), 0.1F);
  EXPECT_EQ(body["outputs"][0]["data"][1].get<float>(), -1e-38F);
}

TEST(InferResponse, SaysNumbersThatAreNotFiniteAsPythonAndTritonDo) {
  EXPECT_THAT(write(Tensor({1, 3}, std::vector<float>{NAN, INFINITY, -INFINITY}))->body, HasSubstr(R"("data":[NaN,Infinity,-Infinity])"));
}

TEST(InferResponse, AsksOfASequenceHoldForItsParts) {
  const InferAnswer answer{.model = "m", .version = "1", .id = "", .outputs = {{"y.0", Tensor({1}, std::vector<float>{1})}}};
  EXPECT_THAT(write_infer_response(answer, {.asked = {{"y", true}}})->body, HasSubstr("binary_data_size"));
  EXPECT_THAT(write_infer_response(answer, {.asked = {{"z", true}}})->body, HasSubstr(R"("data":[1])"));
}

TEST(InferResponse, RefusesWhatHasNoJsonFormAndSendsItAsBinary) {
  const Tensor half = Tensor({1}, std::vector<float>{1}).cast(DType::kFloat16);
  EXPECT_THAT(write(half).error().message, HasSubstr("ask for it with binary_data"));
  EXPECT_TRUE(write(half, true));
  const Tensor bytes({1}, std::vector<std::string>{"\xff"});
  EXPECT_EQ(write(bytes).error().code, RefusalCode::kInvalid);
  EXPECT_TRUE(write(bytes, true)->body.ends_with(std::string("\x01\x00\x00\x00\xff", 5)));
}

TEST(InferResponse, AnEmptyBinaryOutputStillHasTheHeader) {
  const auto response = write(Tensor({0, 2}, std::vector<float>{}), true);
  ASSERT_EQ(response->headers.size(), 1U);
  EXPECT_EQ(response->headers[0].second, std::to_string(response->body.size()));
}

}  // namespace
}  // namespace upkeep::serve
